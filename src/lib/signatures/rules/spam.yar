// Goods and games of which the site's owner knows nothing: in text that no visitor sees (h1_end..hidden_end) while title
// and heading speak of something else, or all over a page whose host has another trade.

rule spam_hidden_pharma
{
  meta:
    family = "spam"
    weight = 85
    where = "hidden"
    description = "hidden text sells drugs, and the title does not"
  strings:
    $drug1 = "viagra" nocase
    $drug2 = "cialis" nocase
    $drug3 = "levitra" nocase
    $drug4 = "sildenafil" nocase
    $drug5 = "tadalafil" nocase
    $drug6 = "kamagra" nocase
    $drug7 = "tramadol" nocase
    $drug8 = "xanax" nocase
    $drug9 = "priligy" nocase
    $drug10 = "phentermine" nocase
    $drug11 = "modafinil" nocase
    $shop1 = /(buy|order|cheap|cheapest|discount|generic) (viagra|cialis|levitra|sildenafil|tadalafil|kamagra|tramadol|xanax)/ nocase
    $shop2 = "without prescription" nocase
    $shop3 = "without a prescription" nocase
    $shop4 = "no prescription" nocase
    $shop5 = "online pharmacy" nocase
    $shop6 = "canadian pharmacy" nocase
  condition:
    2 of ($drug*) in (h1_end..hidden_end) and any of ($shop*) in (h1_end..hidden_end) and
    not any of ($drug*) in (0..h1_end) and not host icontains "pharm"
}

rule spam_hidden_gambling
{
  meta:
    family = "spam"
    weight = 80
    where = "hidden"
    description = "hidden text advertises games of chance, and the title does not"
  strings:
    $game1 = "slot gacor" nocase
    $game2 = "slot online" nocase
    $game3 = "situs slot" nocase
    $game4 = "situs judi" nocase
    $game5 = "judi online" nocase
    $game6 = "judi slot" nocase
    $game7 = "bandar togel" nocase
    $game8 = "togel online" nocase
    $game9 = "agen bola" nocase
    $game10 = "sbobet" nocase
    $game11 = "poker online" nocase
    $game12 = "casino online" nocase
    $game13 = "online casino" nocase
    $game14 = "casino bonus" nocase
    $game15 = "sports betting" nocase
    $game16 = "deneme bonusu" nocase
    $game17 = "bahis siteleri" nocase
    $game18 = "казино онлайн"
    $game19 = "онлайн казино"
  condition:
    3 of ($game*) in (h1_end..hidden_end) and not any of ($game*) in (0..h1_end) and
    not (host icontains "casino" or host icontains "slot" or host icontains "bet" or host icontains "poker")
}

rule spam_hidden_goods
{
  meta:
    family = "spam"
    weight = 70
    where = "hidden"
    description = "hidden text sells what spam sells, and the title does not"
  strings:
    $goods1 = "payday loan" nocase
    $goods2 = "cash advance" nocase
    $goods3 = "essay writing service" nocase
    $goods4 = "buy essay" nocase
    $goods5 = "write my essay" nocase
    $goods6 = "replica watch" nocase
    $goods7 = "fake rolex" nocase
    $goods8 = "louis vuitton outlet" nocase
    $goods9 = "michael kors outlet" nocase
    $goods10 = "gucci outlet" nocase
    $goods11 = "ray ban outlet" nocase
    $goods12 = "cheap jerseys" nocase
    $goods13 = "cheap nike" nocase
    $goods14 = "cheap ugg" nocase
    $goods15 = "moncler outlet" nocase
    $goods16 = "buy backlinks" nocase
  condition:
    3 of ($goods*) in (h1_end..hidden_end) and not any of ($goods*) in (0..h1_end)
}

rule spam_gambling_page
{
  meta:
    family = "spam"
    weight = 60
    description = "title, heading and text advertise games of chance on a host of another name"
  strings:
    $game1 = "slot gacor" nocase
    $game2 = "situs slot" nocase
    $game3 = "situs judi" nocase
    $game4 = "judi online" nocase
    $game5 = "judi slot" nocase
    $game6 = "slot online" nocase
    $game7 = "agen judi" nocase
    $game8 = "bandar togel" nocase
    $game9 = "togel online" nocase
    $game10 = "rtp slot" nocase
    $game11 = "rtp live" nocase
    $game12 = "slot88" nocase
    $game13 = "maxwin" nocase
    $game14 = "sbobet" nocase
    $game15 = "slot deposit" nocase
    $game16 = "link alternatif" nocase
    $game17 = "deneme bonusu" nocase
    $game18 = "bahis siteleri" nocase
    $game19 = "казино онлайн"
    $game20 = "онлайн казино"
  condition:
    any of them in (0..h1_end) and 4 of them in (0..body_end) and
    not (host icontains "casino" or host icontains "slot" or host icontains "bet" or host icontains "poker" or
         host icontains "togel" or host icontains "judi")
}

rule spam_pharma_page
{
  meta:
    family = "spam"
    weight = 60
    description = "title and text sell drugs without prescription on a host of another name"
  strings:
    $title = /(buy|order|cheap|cheapest|discount|generic) (viagra|cialis|levitra|sildenafil|tadalafil|kamagra|tramadol|xanax)/ nocase
    $drug1 = "viagra" nocase
    $drug2 = "cialis" nocase
    $drug3 = "levitra" nocase
    $drug4 = "kamagra" nocase
    $drug5 = "tramadol" nocase
    $drug6 = "xanax" nocase
    $shop1 = "without prescription" nocase
    $shop2 = "without a prescription" nocase
    $shop3 = "no prescription" nocase
  condition:
    $title in (0..h1_end) and 2 of ($drug*) and any of ($shop*) and
    not (host icontains "pharm" or host icontains "drug" or host icontains "rx" or host icontains "apothe")
}

rule spam_counterfeits_japanese
{
  meta:
    family = "spam"
    weight = 60
    where = "title"
    description = "the title sells counterfeits in Japanese, as the Japanese keyword hack does"
  strings:
    $copy1 = "スーパーコピー"
    $copy2 = "ブランドコピー"
    $copy3 = "コピー品"
    $shop1 = "激安"
    $shop2 = "通販"
    $shop3 = "代引き"
    $shop4 = "送料無料"
    $shop5 = "N級"
    $shop6 = "専門店"
  condition:
    any of ($copy*) in (0..title_end) and 2 of ($shop*)
}
