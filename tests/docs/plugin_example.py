"""The example of docs/plugins.md compiles as it stands. Usage: plugin_example.py ROOT COMPILER"""
import pathlib
import re
import subprocess
import sys

root, compiler = pathlib.Path(sys.argv[1]), sys.argv[2]
example, = re.findall(r"^```cpp\n(.*?)^```", (root / "docs/plugins.md").read_text(), re.S | re.M)
command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror",
           f"-I{root / 'src'}", "-xc++", "-"]
sys.exit(subprocess.run(command, input=example, text=True, timeout=110).returncode)
