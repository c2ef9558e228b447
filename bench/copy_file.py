"""Copies a file, 1 MiB at a time. Usage: copy_file.py IN OUT. Prints the seconds."""

import sys
import time


def main():
    source, target = sys.argv[1:]
    begin = time.perf_counter()
    with open(source, "rb", buffering=0) as read, open(target, "wb", buffering=0) as write:
        buffer = memoryview(bytearray(1 << 20))
        while count := read.readinto(buffer):
            write.write(buffer[:count])
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
