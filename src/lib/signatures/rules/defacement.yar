// Pages put in place of others by who broke in. Such a page is short, and says in its title or heading whose it is now;
// a text about such pages is long and has a title of its own. Title and <h1> are up to h1_end.

rule defacement_title
{
  meta:
    family = "defacement"
    weight = 90
    description = "title or heading are the signature of who broke in, over next to no text"
  strings:
    $signature = /\n[^\n]{0,12}(hacked|h4cked|hack3d|haxored|defaced|pwned|0wned|owned) by [^\n:,.?]{2,28}[^\na-z0-9]{0,12}\n/ nocase
    $hackeado = /\n[^\n]{0,12}(hackeado|hackeada|pirateado|invadido) por [^\n:,.?]{2,28}[^\na-z0-9]{0,12}\n/ nocase
    $retas = /\n[^\n]{0,12}retas oleh [^\n:,.?]{2,28}[^\na-z0-9]{0,12}\n/ nocase
  condition:
    body_end - hidden_end < 1500 and any of them in (0..h1_end)
}

rule defacement_boast
{
  meta:
    family = "defacement"
    weight = 85
    description = "says that the site was broken into, and boasts of it"
  strings:
    $claim1 = "hacked by" nocase
    $claim2 = "h4cked by" nocase
    $claim3 = "defaced by" nocase
    $claim4 = "pwned by" nocase
    $claim5 = "0wned by" nocase
    $claim6 = "hackeado por" nocase
    $claim7 = "retas oleh" nocase
    $claim8 = "hacklendi"  nocase
    $claim9 = "hacklenmi" nocase
    $claim10 = "site has been hacked" nocase
    $claim11 = "website has been hacked" nocase
    $claim12 = "website was hacked" nocase
    $claim13 = "site got hacked" nocase
    $claim14 = "взломан"
    $boast1 = "greetz" nocase
    $boast2 = "greets to" nocase
    $boast3 = "greetings to all" nocase
    $boast4 = "security is low" nocase
    $boast5 = "your security" nocase
    $boast6 = "no system is safe" nocase
    $boast7 = "nothing is secure" nocase
    $boast8 = "expect us" nocase
    $boast9 = "we are legion" nocase
    $boast10 = "cyber army" nocase
    $boast11 = "cyber team" nocase
    $boast12 = "hacker team" nocase
    $boast13 = "hackers team" nocase
    $boast14 = "patch your" nocase
    $boast15 = "fix your" nocase
    $boast16 = "sorry admin" nocase
    $boast17 = "dear admin" nocase
    $boast18 = "hello admin" nocase
    $boast19 = "no files were deleted" nocase
    $boast20 = "just for fun" nocase
    $boast21 = "zone-h" nocase
    $boast22 = "was here" nocase
    $boast23 = "h4x0r" nocase
  condition:
    any of ($claim*) and 2 of ($boast*) and body_end - hidden_end < 8000 and
    (body_end - hidden_end < 1500 or any of ($claim*) in (0..h1_end))
}

rule defacement_ransom
{
  meta:
    family = "defacement"
    weight = 85
    description = "a note that demands money for the site or its data"
  strings:
    $taken = /your (website|site|web ?site|shop|store|databases?|server|files|data) (is|are|was|were|has been|have been) (now )?(hacked|encrypted|locked|stolen|downloaded|copied|backed up)/ nocase
    $pay1 = /(send|pay|transfer|deposit) [^\n]{0,60}(btc|bitcoin|monero|xmr|usdt|ethereum)/ nocase
    $pay2 = /(btc|bitcoin|monero|xmr|usdt|ethereum) [^\n]{0,30}(address|wallet)/ nocase
    $else1 = "recover" nocase
    $else2 = "restore" nocase
    $else3 = "decrypt" nocase
    $else4 = "leak" nocase
    $else5 = "will be sold" nocase
    $else6 = "will be deleted" nocase
    $else7 = "will be published" nocase
  condition:
    $taken and any of ($pay*) and any of ($else*) and body_end - hidden_end < 6000 and
    (body_end - hidden_end < 1500 or $taken in (0..h1_end))
}
