"""A program on a pseudo-terminal of its own: what it writes, keys into it, another size."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time


class Terminal:
    def __init__(self, args, columns=100, rows=30, env=None):
        self.parent, child = pty.openpty()
        self.resize(columns, rows, tell=False)
        self.before = termios.tcgetattr(child)
        self.child = child
        self.text = ""
        self.process = subprocess.Popen([str(a) for a in args], stdin=child, stdout=child, stderr=child,
                                        start_new_session=True, preexec_fn=self._control,
                                        env={**os.environ, "TERM": "xterm-256color", **(env or {})})

    @staticmethod
    def _control():
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, columns, rows, tell=True):
        fcntl.ioctl(self.parent, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def type(self, text):
        os.write(self.parent, text.encode())

    def read(self, seconds=0.05):
        while select.select([self.parent], [], [], seconds)[0]:
            try:
                piece = os.read(self.parent, 65536)
            except OSError:
                return
            if not piece:
                return
            self.text += piece.decode(errors="replace")

    def wait_for(self, part, timeout=20):
        """The text written since the last call, up to and with `part`."""
        deadline = time.monotonic() + timeout
        while part not in self.text:
            self.read()
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout} s: {part!r} in {self.text[-3000:]!r}")
        end = self.text.index(part) + len(part)
        seen, self.text = self.text[:end], self.text[end:]
        return seen

    def wait(self, timeout=20):
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            self.read()  # else it waits for us
            if time.monotonic() > deadline:
                raise AssertionError(f"still runs; wrote {self.text[-3000:]!r}")
        self.read()
        return self.process.returncode

    def settings(self):
        return termios.tcgetattr(self.child)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        os.close(self.parent)
        os.close(self.child)
