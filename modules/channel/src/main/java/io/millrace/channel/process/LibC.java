package io.millrace.channel.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The few calls of the C library that processes need and Java does not offer: start in a session of its own, signal a
 * group, learn exactly how a process ended, and wait for many pipes with one thread. Needs Linux with glibc 2.34 or
 * newer and the JVM option {@code --enable-native-access=ALL-UNNAMED}.
 */
@SuppressWarnings("restricted")
final class LibC {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int ESRCH = 3;
    static final int E2BIG = 7;
    static final int ENOEXEC = 8;
    static final int EACCES = 13;
    static final int ENOTDIR = 20;

    static final int EPOLLIN = 0x001;
    static final int EPOLL_CTL_ADD = 1;
    static final int EPOLL_CTL_DEL = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NONBLOCK = 0x800;
    private static final int WNOHANG = 1;
    private static final int SEEK_SET = 0;
    private static final long SYS_PIDFD_OPEN = 434;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBRARY = LINKER.defaultLookup();
    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final Linker.Option ERRNO_OPTION = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle STRERROR = bind("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    private static final MethodHandle KILL = bindWithErrno("kill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle PIPE2 =
            bindWithErrno("pipe2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle READ =
            bind("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle WRITE =
            bindWithErrno("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle LSEEK =
            bind("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MEMFD_CREATE =
            bindWithErrno("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle EVENTFD =
            bindWithErrno("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle WAITPID =
            bind("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle PIDFD_OPEN = LINKER.downcallHandle(
            find("syscall"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT),
            Linker.Option.firstVariadicArg(1),
            ERRNO_OPTION);
    private static final MethodHandle EPOLL_CREATE =
            bindWithErrno("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CTL =
            bindWithErrno("epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle EPOLL_WAIT =
            bind("epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));

    static final MethodHandle POSIX_SPAWN = bind(
            "posix_spawn", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    static final MethodHandle SPAWN_ACTIONS_INIT =
            bind("posix_spawn_file_actions_init", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    static final MethodHandle SPAWN_ACTIONS_DESTROY =
            bind("posix_spawn_file_actions_destroy", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    static final MethodHandle SPAWN_ADD_DUP2 = bind(
            "posix_spawn_file_actions_adddup2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    static final MethodHandle SPAWN_ADD_OPEN = bind(
            "posix_spawn_file_actions_addopen",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    static final MethodHandle SPAWN_ADD_CHDIR =
            bind("posix_spawn_file_actions_addchdir_np", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    static final MethodHandle SPAWN_ADD_CLOSE_FROM =
            bind("posix_spawn_file_actions_addclosefrom_np", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    static final MethodHandle SPAWN_ATTRIBUTES_INIT =
            bind("posix_spawnattr_init", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    static final MethodHandle SPAWN_SET_FLAGS =
            bind("posix_spawnattr_setflags", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_SHORT));
    static final MethodHandle SPAWN_SET_SIGNAL_DEFAULTS =
            bind("posix_spawnattr_setsigdefault", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    static final MethodHandle SPAWN_SET_SIGNAL_MASK =
            bind("posix_spawnattr_setsigmask", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));

    private LibC() {}

    /** Sends a signal to a process, or to a group if {@code pid} is negative; returns 0 or the error number. */
    static int kill(int pid, int signal) {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CALL_STATE);
            return (int) KILL.invokeExact(state, pid, signal) == 0 ? 0 : errno(state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Two descriptors, reading end first. Neither is inherited by processes unless it is handed over. */
    static int[] pipe() throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CALL_STATE);
            var ends = arena.allocate(JAVA_INT, 2);
            check((int) PIPE2.invokeExact(state, ends, O_CLOEXEC), state, "pipe");
            return new int[] {ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1)};
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void close(int descriptor) {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Reads what is there; 0 or less at the end. */
    static int read(int descriptor, MemorySegment into) {
        try {
            return (int) (long) READ.invokeExact(descriptor, into, into.byteSize());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Writes all of the bytes. */
    static void write(int descriptor, byte[] bytes) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CALL_STATE);
            var all = arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_BYTE, bytes);
            long done = 0;
            while (done < bytes.length) {
                var rest = all.asSlice(done);
                long written = (long) WRITE.invokeExact(state, descriptor, rest, rest.byteSize());
                check((int) Math.min(written, 0), state, "write");
                done += written;
            }
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A descriptor from which a process can read these bytes at its own pace. */
    static int memoryFile(byte[] bytes) throws IOException {
        int descriptor = createMemoryFile();
        try {
            write(descriptor, bytes);
            long ignored = (long) LSEEK.invokeExact(descriptor, 0L, SEEK_SET);
            return descriptor;
        } catch (IOException e) {
            close(descriptor);
            throw e;
        } catch (Throwable e) {
            close(descriptor);
            throw unexpected(e);
        }
    }

    private static int createMemoryFile() throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CALL_STATE);
            int cloexec = 1;
            return check(
                    (int) MEMFD_CREATE.invokeExact(state, arena.allocateFrom("stdin"), cloexec), state, "memfd_create");
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A descriptor that becomes readable when a number is written to it. */
    static int eventCounter() throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CALL_STATE);
            return check((int) EVENTFD.invokeExact(state, 0, O_CLOEXEC | O_NONBLOCK), state, "eventfd");
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A descriptor that becomes readable when the process ends. */
    static int processDescriptor(int pid) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CALL_STATE);
            long descriptor = (long) PIDFD_OPEN.invokeExact(state, SYS_PIDFD_OPEN, pid, 0);
            return check((int) descriptor, state, "pidfd_open");
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Wait status of a child that has ended; the child is forgotten by the system. Negative if it has not ended. */
    static int reap(int pid) {
        return reap(pid, WNOHANG);
    }

    /** As {@link #reap(int)} for a child that was killed and is about to end: waits until it has. */
    static int reapKilled(int pid) {
        return reap(pid, 0);
    }

    private static int reap(int pid, int options) {
        try (var arena = Arena.ofConfined()) {
            var status = arena.allocate(JAVA_INT);
            int reaped = (int) WAITPID.invokeExact(pid, status, options);
            return reaped == pid ? status.get(JAVA_INT, 0) : -1;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int epollCreate() throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CALL_STATE);
            return check((int) EPOLL_CREATE.invokeExact(state, O_CLOEXEC), state, "epoll_create1");
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Adds or removes a descriptor; {@code tag} comes back with its events. */
    static void epollControl(int epoll, int operation, int descriptor, long tag) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(CALL_STATE);
            var event = EpollEvents.one(arena, EPOLLIN, tag);
            check((int) EPOLL_CTL.invokeExact(state, epoll, operation, descriptor, event), state, "epoll_ctl");
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Waits for events; returns how many came, 0 or less if none did. */
    static int epollWait(int epoll, EpollEvents events, int timeoutMillis) {
        try {
            return (int) EPOLL_WAIT.invokeExact(epoll, events.memory(), events.capacity(), timeoutMillis);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** What an error number means, in English. */
    static String message(int error) {
        try {
            return ((MemorySegment) STRERROR.invokeExact(error)).reinterpret(256).getString(0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A call through a method handle declares any exception; the C functions here throw none. */
    static IllegalStateException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return new IllegalStateException("A call of the C library failed", e);
    }

    private static int check(int result, MemorySegment state, String call) throws IOException {
        if (result < 0) {
            throw new IOException(call + ": " + message(errno(state)));
        }
        return result;
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    private static MethodHandle bind(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(find(name), descriptor);
    }

    private static MethodHandle bindWithErrno(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(find(name), descriptor, ERRNO_OPTION);
    }

    private static MemorySegment find(String name) {
        return LIBRARY.find(name)
                .orElseThrow(() -> new UnsupportedOperationException("The C library of this system has no function "
                        + name + ". Millrace needs Linux with glibc 2.34 or newer."));
    }
}
