// Consoles that who broke in left behind. They show themselves: labels and menus of the known ones, listings with file
// modes, and always a form (body_end..form_end) to type commands into or to upload with. A text about them has no such form.

rule webshell_wso
{
  meta:
    family = "webshell"
    weight = 95
    description = "the head and menu of WSO and what was made from it"
  strings:
    $head1 = "Uname:"
    $head2 = "User:"
    $head3 = "Php:"
    $head4 = "Hdd:"
    $head5 = "Cwd:"
    $head6 = "Server IP:"
    $menu1 = "[ Sec. Info ]"
    $menu2 = "[ Files ]"
    $menu3 = "[ Console ]"
    $menu4 = "[ Sql ]"
    $menu5 = "[ Php ]"
    $menu6 = "[ String tools ]"
    $menu7 = "[ Bruteforce ]"
    $menu8 = "[ Self remove ]"
    $form = "<form "
  condition:
    4 of ($head*) and 3 of ($menu*) and $form in (body_end..form_end)
}

rule webshell_c99
{
  meta:
    family = "webshell"
    weight = 95
    description = "the head and menu of c99 and what was made from it"
  strings:
    $head1 = "uname -a:"
    $head2 = "Safe-mode:"
    $head3 = "Software:"
    $head4 = "uid="
    $menu1 = "Encoder"
    $menu2 = "Proc."
    $menu3 = "FTP brute"
    $menu4 = "PHP-code"
    $menu5 = "Self remove"
    $menu6 = "Feedback"
    $menu7 = "Command execute"
    $form = "<form "
  condition:
    3 of ($head*) and 3 of ($menu*) and $form in (body_end..form_end)
}

rule webshell_r57
{
  meta:
    family = "webshell"
    weight = 95
    description = "the boxes of r57 and what was made from it"
  strings:
    $head1 = "r57shell" nocase
    $head2 = "safe_mode:" nocase
    $head3 = "Disable functions" nocase
    $box1 = "Execute command on server"
    $box2 = "Run command"
    $box3 = "Work directory"
    $box4 = "Edit files"
    $box5 = "Find text in files"
    $box6 = "Eval PHP code"
    $box7 = "Upload files on server"
    $form = "<form "
  condition:
    2 of ($head*) and 3 of ($box*) and $form in (body_end..form_end)
}

rule webshell_named
{
  meta:
    family = "webshell"
    weight = 90
    description = "the name of a well-known web shell over a form for commands or files"
  strings:
    $name1 = "b374k" nocase
    $name2 = "IndoXploit" nocase
    $name3 = "ALFA TEaM" nocase
    $name4 = "Solevisible" nocase
    $name5 = "AnonymousFox" nocase
    $name6 = "Indrajith" nocase
    $name7 = "0byt3m1n1" nocase
    $name8 = "Mini Shell" nocase
    $name9 = "Priv8" nocase
    $name10 = "WebShellOrb" nocase
    $name11 = "P.A.S. v" nocase
    $name12 = "Gecko Shell" nocase
    $name13 = "Marijuana Shell" nocase
    $sign1 = "uname" nocase
    $sign2 = "disable functions" nocase
    $sign3 = "disabled functions" nocase
    $sign4 = "safe mode" nocase
    $sign5 = "kernel" nocase
    $sign6 = "current dir" nocase
    $sign7 = "current path" nocase
    $sign8 = "drwxr-xr-x"
    $sign9 = "terminal" nocase
    $field1 = "type=\"file\""
    $field2 = /name="(cmd|command|exec|shell|terminal|ekse)/ nocase
  condition:
    any of ($name*) in (0..body_end) and 2 of ($sign*) in (0..body_end) and any of ($field*) in (body_end..form_end)
}

rule webshell_file_manager
{
  meta:
    family = "webshell"
    weight = 80
    description = "a listing with file modes and facts of the server, over a form for uploads"
  strings:
    $mode1 = "drwxr-xr-x"
    $mode2 = "-rw-r--r--"
    $mode3 = "drwxrwxrwx"
    $fact1 = "disable functions" nocase
    $fact2 = "disabled functions" nocase
    $fact3 = "disable function " nocase
    $fact4 = "safe mode" nocase
    $fact5 = "uname" nocase
    $fact6 = "kernel" nocase
    $fact7 = "server ip" nocase
    $fact8 = "php version" nocase
    $fact9 = "current dir" nocase
    $fact10 = "current path" nocase
    $fact11 = "symlink" nocase
    $fact12 = "adminer" nocase
    $upload = "type=\"file\""
  condition:
    any of ($mode*) in (0..body_end) and 3 of ($fact*) in (0..body_end) and $upload in (body_end..form_end)
}

rule webshell_command_output
{
  meta:
    family = "webshell"
    weight = 85
    description = "what `id` prints, over a field for commands"
  strings:
    $id = /uid=[0-9]{1,6}\([a-z_][a-z0-9_-]{1,30}\) gid=[0-9]{1,6}\(/
    $field = /name="(cmd|command|exec|execute|shell|c)"/ nocase
  condition:
    $id in (0..body_end) and $field in (body_end..form_end)
}
