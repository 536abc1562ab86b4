// Logins of others, rebuilt. The brand stands in title or heading, a field for a password is there, and the host is none
// of the brand's: `host` is that of the page, sends_password_away says that the form leads to another one.

rule phish_brand_login
{
  meta:
    family = "phish"
    weight = 85
    where = "title"
    description = "the login of a well-known service on a host that is not the service's"
  strings:
    $paypal1 = "log in to your paypal" nocase
    $paypal2 = "login to your paypal" nocase
    $paypal3 = "paypal: login" nocase
    $microsoft1 = "sign in to your microsoft account" nocase
    $microsoft2 = "sign in to outlook" nocase
    $microsoft3 = "office 365 login" nocase
    $microsoft4 = "microsoft 365 sign in" nocase
    $microsoft5 = "sign in to office 365" nocase
    $google1 = "sign in - google accounts" nocase
    $google2 = "sign in – google accounts"  nocase
    $apple1 = "sign in with your apple id" nocase
    $apple2 = "manage your apple id" nocase
    $apple3 = "icloud - sign in" nocase
    $amazon1 = "amazon sign in" nocase
    $amazon2 = "amazon sign-in" nocase
    $facebook1 = "facebook - log in" nocase
    $facebook2 = "facebook – log in" nocase
    $facebook3 = "log in to facebook" nocase
    $facebook4 = "log into facebook" nocase
    $facebook5 = "login • instagram" nocase
    $netflix1 = "netflix - sign in" nocase
    $netflix2 = "netflix: sign in" nocase
    $docusign1 = "docusign login" nocase
    $docusign2 = "docusign - sign in" nocase
  condition:
    has_password and
    ((any of ($paypal*) in (0..h1_end) and not host endswith "paypal.com") or
     (any of ($microsoft*) in (0..h1_end) and not (host endswith "microsoft.com" or host endswith "live.com" or
      host endswith "microsoftonline.com" or host endswith "office.com" or host endswith "outlook.com")) or
     (any of ($google*) in (0..h1_end) and not (host endswith "google.com" or host endswith "youtube.com")) or
     (any of ($apple*) in (0..h1_end) and not (host endswith "apple.com" or host endswith "icloud.com")) or
     (any of ($amazon*) in (0..h1_end) and not host icontains "amazon.") or
     (any of ($facebook*) in (0..h1_end) and not (host endswith "facebook.com" or host endswith "instagram.com")) or
     (any of ($netflix*) in (0..h1_end) and not host endswith "netflix.com") or
     (any of ($docusign*) in (0..h1_end) and not (host endswith "docusign.com" or host endswith "docusign.net")))
}

rule phish_password_to_chat
{
  meta:
    family = "phish"
    weight = 90
    where = "script"
    description = "a script sends what is typed to a chat or a collector of forms"
  strings:
    $chat1 = /api\.telegram\.org\/bot[^\n]{0,120}sendMessage/
    $chat2 = "api.telegram.org/bot"
    $chat3 = /discord(app)?\.com\/api\/webhooks\/[0-9]{5,}/
    $typed1 = "password" nocase
    $typed2 = "passwd" nocase
    $typed3 = "seed phrase" nocase
    $typed4 = "card" nocase
    $read1 = ".value"
    $read2 = "FormData"
    $read3 = ".val()"
  condition:
    has_password and any of ($chat*) in (form_end..filesize) and any of ($typed*) in (form_end..filesize) and
    any of ($read*) in (form_end..filesize)
}

rule phish_threat
{
  meta:
    family = "phish"
    weight = 80
    description = "threatens with the end of an account, wants a password, and sends it to another host"
  strings:
    $threat1 = /your (account|mailbox|email|e-mail|access|card) (has been|is|was|will be|has) (temporarily |permanently )?(suspended|limited|locked|blocked|deactivated|disabled|restricted|expired)/ nocase
    $threat2 = "unusual activity" nocase
    $threat3 = "suspicious activity" nocase
    $threat4 = "mailbox is full" nocase
    $threat5 = "exceeded its storage" nocase
    $threat6 = "exceeded your storage" nocase
    $act1 = /(verify|confirm|validate|update|restore|reactivate) (your )?(account|identity|information|details|mailbox|password|billing|payment)/ nocase
    $act2 = "to avoid" nocase
    $act3 = "within 24 hours" nocase
    $act4 = "within 48 hours" nocase
  condition:
    sends_password_away and any of ($threat*) in (0..body_end) and any of ($act*) in (0..body_end)
}

rule phish_wallet
{
  meta:
    family = "phish"
    weight = 85
    description = "asks for the recovery words of a wallet"
  strings:
    $words1 = "recovery phrase" nocase
    $words2 = "seed phrase" nocase
    $words3 = "secret phrase" nocase
    $words4 = "mnemonic phrase" nocase
    $act1 = /(connect|import|restore|validate|verify|synchroni[sz]e|rectify|migrate)( your)? wallet/ nocase
    $act2 = "typically 12" nocase
    $act3 = "12 or 24 words" nocase
    $act4 = "separated by spaces" nocase
    $field1 = /<[a-z]{5,8}( type="[a-z]{0,10}")? name="[^"\n]{0,20}(phrase|mnemonic|seed|recovery)/ nocase
    $field2 = "name=\"keystore" nocase
    $field3 = "name=\"privatekey" nocase
    $field4 = "name=\"private_key" nocase
  condition:
    any of ($words*) in (0..body_end) and any of ($act*) in (0..body_end) and any of ($field*) in (body_end..form_end)
}
