"""A bad wire: stands on one ZeroMQ hop, loses each message by chance and delivers what is left several times.

python3 shim.py FROM TO LOSS COPIES SEED, where FROM and TO are "connect:ENDPOINT" or "bind:ENDPOINT". Ends at SIGTERM;
its last line of output tells what it did.
"""
import json
import random
import signal
import sys

import zmq


class Stop(Exception):
    pass


def stop(*_):
    raise Stop


def socket_of(context, kind, where):
    verb, endpoint = where.split(":", 1)
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    (socket.bind if verb == "bind" else socket.connect)(endpoint)
    return socket


def main(source, target, loss, copies, seed):
    signal.signal(signal.SIGTERM, stop)
    rng, counts = random.Random(seed), {"seen": 0, "lost": 0, "delivered": 0}
    context = zmq.Context()
    pull, push = socket_of(context, zmq.PULL, source), socket_of(context, zmq.PUSH, target)
    print("ready", flush=True)
    try:
        while True:
            message = pull.recv()
            counts["seen"] += 1
            if rng.random() < float(loss):
                counts["lost"] += 1
                continue
            for _ in range(int(copies)):
                push.send(message)
                counts["delivered"] += 1
    except Stop:
        print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
