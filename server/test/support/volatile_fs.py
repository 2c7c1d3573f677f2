#!/usr/bin/python3
"""A disk that forgets what was not synced, so that a power cut can be tried.

Passes everything through to memory; only what was synced reaches the backing directory:
- the bytes of a file by its fsync or fdatasync, or a write on a descriptor with O_DSYNC or O_SYNC,
- the entries of a directory (new names, renames, removals) by the fsync of that directory.
A size change is carried by a sync of the file (needed to read the data back). Killing this program
is the power cut: the backing directory is then what a disk would show, at its strictest. A file
whose entry was never synced is gone, even if its bytes were.

Commands come as lines on standard input: `fail-sync N` lets the next N syncs fail with EIO,
`fail-write N` the next N writes; each is answered with `ok`. Prints `mounted` when it serves.

Usage: volatile_fs.py BACKING MOUNTPOINT
"""
import errno
import os
import stat
import sys
import threading
import time
import warnings

import fusepy
from fusepy import FuseOSError, Operations

SYNCED_WRITES = os.O_DSYNC | os.O_SYNC


class Node:
    """A file or directory as the page cache has it. `durable` is its inode on the disk."""

    def __init__(self, mode):
        self.mode = mode
        self.data = bytearray()
        self.children = {} if stat.S_ISDIR(mode) else None
        self.times = (time.time(), time.time())
        self.links = 1
        # What a sync has made durable: the bytes, or the names.
        self.synced_data = b""
        self.synced_children = {}
        # Ranges written since the last sync: only these go to the disk.
        self.dirty = []
        self.disk_names = set()


class VolatileDisk(Operations):
    def __init__(self, backing):
        self.backing = backing
        self.guard = threading.RLock()
        self.fail = {"sync": 0, "write": 0}
        self.opened = {}
        self.synced_writes = {}
        self.next_handle = 1
        self.root = self.load(backing)

    def load(self, path):
        info = os.lstat(path)
        node = Node(info.st_mode)
        if node.children is None:
            with open(path, "rb") as file:
                node.data = bytearray(file.read())
            node.disk_names.add(path)
        else:
            for name in os.listdir(path):
                node.children[name] = self.load(os.path.join(path, name))
            node.synced_children = dict(node.children)
            node.disk_names.add(path)
        return node

    # ---- finding

    def find(self, path):
        node = self.root
        for part in path.split("/"):
            if part == "":
                continue
            if node.children is None:
                raise FuseOSError(errno.ENOTDIR)
            if part not in node.children:
                raise FuseOSError(errno.ENOENT)
            node = node.children[part]
        return node

    def parent(self, path):
        directory, _, name = path.rpartition("/")
        return self.find(directory), name

    # ---- what reaches the disk

    def failing(self, what):
        if self.fail[what] > 0:
            self.fail[what] -= 1
            raise FuseOSError(errno.EIO)

    def sync_file(self, node):
        """The bytes become durable, under every name the disk knows or learns later."""
        for path in node.disk_names:
            with open(path, "r+b") as file:
                for start, end in node.dirty:
                    file.seek(start)
                    file.write(node.data[start:end])
                file.truncate(len(node.data))
        if not node.disk_names:
            node.synced_data = bytes(node.data)
        node.dirty = []

    def sync_directory(self, node):
        """The names become durable, first the new ones: a rename is there at once or not yet."""
        if not node.disk_names:
            # Not entered anywhere itself: they come with it when it is.
            node.synced_children = dict(node.children)
            return
        (base,) = node.disk_names
        before = node.synced_children
        for name, child in node.children.items():
            if before.get(name) is not child:
                self.put_on(child, os.path.join(base, name), before.get(name))
        for name, child in before.items():
            if name not in node.children:
                self.take_off(child, os.path.join(base, name))
        node.synced_children = dict(node.children)

    def keep(self, child):
        """Remembers what the disk has of a file that is about to lose a name."""
        for path in child.disk_names:
            with open(path, "rb") as file:
                child.synced_data = file.read()

    def take_off(self, child, path):
        if child.children is not None:
            for name, each in child.synced_children.items():
                self.take_off(each, os.path.join(path, name))
            os.rmdir(path)
        else:
            self.keep(child)
            os.unlink(path)
        child.disk_names.discard(path)

    def put_on(self, child, path, replaced):
        if child.children is not None:
            if replaced is not None:
                self.take_off(replaced, path)
            os.mkdir(path)
            child.disk_names = {path}
            # Names of a directory that was synced before it was entered.
            for name, each in child.synced_children.items():
                self.put_on(each, os.path.join(path, name), None)
            return
        self.keep(child)
        if replaced is not None:
            self.keep(replaced)
            replaced.disk_names.discard(path)
        staged = f"{self.backing}.staged"
        with open(staged, "wb") as file:
            file.write(child.synced_data)
        os.replace(staged, path)
        child.disk_names.add(path)

    # ---- the file system's calls

    def getattr(self, path, info=None):
        with self.guard:
            node = self.node_of(path, info)
            size = 4096 if node.children is not None else len(node.data)
            return {
                "st_mode": node.mode,
                "st_size": size,
                "st_blocks": (size + 511) // 512,
                "st_nlink": 2 if node.children is not None else 1,
                "st_atime": node.times[0],
                "st_mtime": node.times[1],
                "st_ctime": node.times[1],
                "st_uid": os.getuid(),
                "st_gid": os.getgid(),
            }

    def readdir(self, path, handle):
        with self.guard:
            return [".", "..", *self.find(path).children]

    def mkdir(self, path, mode):
        with self.guard:
            directory, name = self.parent(path)
            directory.children[name] = Node(stat.S_IFDIR | (mode & 0o7777))

    def rmdir(self, path):
        with self.guard:
            directory, name = self.parent(path)
            if directory.children[name].children:
                raise FuseOSError(errno.ENOTEMPTY)
            del directory.children[name]

    def node_of(self, path, info):
        """By the open file where there is one: it may have no name any more."""
        return self.opened[info.fh] if info is not None else self.find(path)

    def keep_open(self, node, info):
        info.fh = self.next_handle
        self.next_handle += 1
        self.opened[info.fh] = node
        self.synced_writes[info.fh] = info.flags & SYNCED_WRITES != 0
        return 0

    def create(self, path, mode, info):
        with self.guard:
            directory, name = self.parent(path)
            node = Node(stat.S_IFREG | (mode & 0o7777))
            directory.children[name] = node
            return self.keep_open(node, info)

    def open(self, path, info):
        with self.guard:
            node = self.find(path)
            if info.flags & os.O_TRUNC:
                self.resize(node, 0)
            return self.keep_open(node, info)

    def release(self, path, info):
        with self.guard:
            self.opened.pop(info.fh, None)
        return 0

    def read(self, path, size, offset, info):
        with self.guard:
            return bytes(self.opened[info.fh].data[offset : offset + size])

    def resize(self, node, length):
        had = len(node.data)
        if length < had:
            del node.data[length:]
            node.dirty = [(a, min(b, length)) for a, b in node.dirty if a < length]
        elif length > had:
            node.dirty.append((had, length))
            node.data.extend(bytes(length - had))

    def write(self, path, data, offset, info):
        with self.guard:
            self.failing("write")
            node = self.opened[info.fh]
            end = offset + len(data)
            if len(node.data) < offset:
                self.resize(node, offset)
            node.data[offset:end] = data
            node.dirty.append((offset, end))
            node.times = (node.times[0], time.time())
            if self.synced_writes[info.fh]:
                self.failing("sync")
                self.sync_file(node)
            return len(data)

    def truncate(self, path, length, info=None):
        with self.guard:
            self.resize(self.node_of(path, info), length)
        return 0

    def fsync(self, path, datasync, info):
        with self.guard:
            self.failing("sync")
            self.sync_file(self.node_of(path, info))
        return 0

    def fsyncdir(self, path, datasync, handle):
        with self.guard:
            self.failing("sync")
            self.sync_directory(self.find(path))
        return 0

    def flush(self, path, info):
        return 0

    def unlink(self, path):
        with self.guard:
            directory, name = self.parent(path)
            del directory.children[name]

    def rename(self, old, new):
        with self.guard:
            source, old_name = self.parent(old)
            target, new_name = self.parent(new)
            target.children[new_name] = source.children.pop(old_name)

    def chmod(self, path, mode):
        with self.guard:
            node = self.find(path)
            node.mode = stat.S_IFMT(node.mode) | (mode & 0o7777)
        return 0

    def chown(self, path, uid, gid):
        return 0

    def utimens(self, path, times=None):
        with self.guard:
            self.find(path).times = times or (time.time(), time.time())
        return 0

    def statfs(self, path):
        free = 1 << 22
        return {
            "f_bsize": 4096,
            "f_frsize": 4096,
            "f_blocks": free * 2,
            "f_bfree": free,
            "f_bavail": free,
            "f_files": 1 << 20,
            "f_ffree": 1 << 20,
            "f_favail": 1 << 20,
            "f_namemax": 255,
        }


def listen(disk):
    for line in sys.stdin:
        what, count = line.split()
        with disk.guard:
            disk.fail[what.removeprefix("fail-")] = int(count)
        print("ok", flush=True)


class Mounted(VolatileDisk):
    def init(self, path):
        print("mounted", flush=True)


if __name__ == "__main__":
    backing, mountpoint = sys.argv[1:]
    disk = Mounted(backing)
    threading.Thread(target=listen, args=(disk,), daemon=True).start()
    warnings.simplefilter("ignore", DeprecationWarning)
    fusepy.FUSE(
        disk,
        mountpoint,
        foreground=True,
        nothreads=True,
        raw_fi=True,
        big_writes=True,
        hard_remove=True,
        max_write=131072,
        default_permissions=True,
    )
