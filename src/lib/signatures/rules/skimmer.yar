// Code of strangers that copies card data while it is typed (Magecart). Only scripts are looked at (form_end..filesize): a
// text about such code is no such code. Check-outs read card fields as well, and send them; what they do not do is to
// hide the words they do it with, or to send them as the address of a picture.

rule skimmer_encoded_exfiltration
{
  meta:
    family = "skimmer"
    weight = 90
    where = "script"
    description = "a script reads card fields, encodes them and sends them as an image or beacon"
  strings:
    $card1 = "cvv" nocase
    $card2 = "cvc" nocase
    $card3 = "cc_number" nocase
    $card4 = "cc-number" nocase
    $card5 = "ccnumber" nocase
    $card6 = "card_number" nocase
    $card7 = "cardnumber" nocase
    $card8 = "cc_cid" nocase
    $card9 = "cc_exp" nocase
    $card10 = "expiration_yr" nocase
    $read1 = ".value"
    $read2 = "FormData"
    $read3 = "serialize"
    $encode1 = "btoa("
    $encode2 = "charCodeAt"
    $encode3 = "JSON.stringify"
    $encode4 = "encodeURIComponent"
    $send1 = /new Image[^\n]{0,80}\.src ?=/
    $send2 = /createElement\(.img.\)[^\n]{0,120}\.src ?=/i
    $send3 = "sendBeacon"
  condition:
    2 of ($card*) in (form_end..filesize) and any of ($read*) in (form_end..filesize) and
    any of ($encode*) in (form_end..filesize) and any of ($send*) in (form_end..filesize)
}

rule skimmer_hidden_words
{
  meta:
    family = "skimmer"
    weight = 85
    where = "script"
    description = "a script writes the words of a check-out so that nobody finds them"
  strings:
    $base1 = "checkout" base64
    $base2 = "cardnumber" base64
    $base3 = "cc_number" base64
    $base4 = "payment[" base64
    $base5 = "billing[" base64
    $base6 = "onepage" base64
    $hex1 = "\\x63\\x68\\x65\\x63\\x6b\\x6f\\x75\\x74" nocase
    $hex2 = "\\x63\\x76\\x76" nocase
    $hex3 = "\\x63\\x63\\x5f" nocase
    $hex4 = "\\x63\\x61\\x72\\x64" nocase
    $hex5 = "\\x62\\x69\\x6c\\x6c\\x69\\x6e\\x67" nocase
    $hex6 = "\\x70\\x61\\x79\\x6d\\x65\\x6e\\x74" nocase
    $run1 = "atob("
    $run2 = "eval("
    $run3 = "fromCharCode"
    $run4 = "Function("
    $run5 = "addEventListener"
    $run6 = "_0x"
  condition:
    (2 of ($base*) in (form_end..filesize) or 2 of ($hex*) in (form_end..filesize)) and
    any of ($run*) in (form_end..filesize)
}

rule skimmer_loader
{
  meta:
    family = "skimmer"
    weight = 80
    where = "script"
    description = "a script looks whether this is the check-out, and then runs code that it has hidden or fetched"
  strings:
    $gate1 = /location[^\n]{0,40}(indexOf|match|search|includes|test)\([^\n]{0,10}(checkout|onepage|onestep|payment)/ nocase
    $gate2 = /(checkout|onepage|onestep|payment)[^\n]{0,20}\.test\([^\n]{0,20}location/ nocase
    $run1 = "eval(atob("
    $run2 = "Function(atob("
    $run3 = /new WebSocket\([^\n]{0,160}(eval\(|Function\()/
    $run4 = /\.src ?= ?atob\(/
    $run5 = /\.src ?= ?String\.fromCharCode\(/
  condition:
    any of ($gate*) in (form_end..filesize) and any of ($run*) in (form_end..filesize)
}
