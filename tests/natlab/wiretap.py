"""Writes every frame of a network namespace to standard output until it is ended."""

import os
import socket

ETH_P_ALL = 3

with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as tap:
    os.write(2, b"tapping\n")
    while True:
        os.write(1, tap.recv(70_000))
