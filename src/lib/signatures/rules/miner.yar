// Scripts that let visitors compute for somebody else. Only scripts are looked at (form_end..filesize).

rule miner_started
{
  meta:
    family = "miner"
    weight = 90
    where = "script"
    description = "a script makes a miner of crypto currency and starts it"
  strings:
    $make1 = /(CoinHive|Coinhive|deepMiner|CRLT|CryptoLoot|Crypta|PRMiner|Client|perfektstart)\.(Anonymous|User|Token)\(/
    $make2 = "new CryptoNoter"
    $make3 = "new NFMiner"
    $make4 = "startMining("
    $start1 = ".start("
    $start2 = "throttle"
    $start3 = "setThrottle"
    $start4 = /startMining\( ?['"][^\n]{2,60}['"] ?,/
  condition:
    any of ($make*) in (form_end..filesize) and any of ($start*) in (form_end..filesize)
}

rule miner_source
{
  meta:
    family = "miner"
    weight = 85
    where = "script"
    description = "a script comes from where miners of crypto currency come from"
  strings:
    $known1 = "//coinhive.com/" nocase
    $known2 = "//coin-hive.com/" nocase
    $known3 = "//authedmine.com/" nocase
    $known4 = "//cryptoloot.pro/" nocase
    $known5 = "//www.cryptoloot.pro/" nocase
    $known6 = "//crypto-loot.com/" nocase
    $known7 = "//www.coinimp.com/scripts" nocase
    $known8 = "//webminepool.com/" nocase
    $known9 = "//minero.cc/" nocase
    $known10 = "//webmr.js" nocase
    $known11 = "//monerominer.rocks/" nocase
    $known12 = "//load.jsecoin.com/" nocase
    $known13 = "/coinhive.min.js" nocase
    $known14 = "/deepMiner.min.js" nocase
    $known15 = "/deepMiner.js" nocase
    $known16 = "/cryptonight.wasm" nocase
  condition:
    any of ($known*) in (form_end..filesize)
}

rule miner_of_its_own
{
  meta:
    family = "miner"
    weight = 80
    where = "script"
    description = "a script with WebAssembly in workers takes hashing jobs from a pool"
  strings:
    $hash1 = "cryptonight" nocase
    $hash2 = "randomx" nocase
    $hash3 = "argon2" nocase
    $hash4 = "hashesPerSecond"
    $hash5 = "hashrate" nocase
    $wasm = "WebAssembly"
    $worker = "new Worker("
    $pool = /wss?:\/\/[^\n"']{3,120}/ nocase
    $job1 = "job_id"
    $job2 = "nonce"
    $job3 = "difficulty"
    $job4 = "stratum" nocase
  condition:
    any of ($hash*) in (form_end..filesize) and ($wasm in (form_end..filesize) or $worker in (form_end..filesize)) and
    $pool in (form_end..filesize) and 2 of ($job*) in (form_end..filesize)
}
