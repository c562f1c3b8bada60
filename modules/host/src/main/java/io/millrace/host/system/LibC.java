package io.millrace.host.system;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The few calls of the C library that processes need and Java does not offer: start in a session of its own, signal a
 * group, learn exactly how a process ended, wait for many pipes with one thread, and choose processors. Needs Linux with glibc 2.34 or
 * newer and the JVM option {@code --enable-native-access=ALL-UNNAMED}.
 */
@SuppressWarnings("restricted")
public final class LibC {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int E2BIG = 7;
    public static final int ENOEXEC = 8;
    public static final int EACCES = 13;
    public static final int ENOTDIR = 20;

    public static final int EPOLLIN = 0x001;
    public static final int EPOLLHUP = 0x010;
    public static final int EPOLL_CTL_ADD = 1;
    public static final int EPOLL_CTL_DEL = 2;
    private static final int O_RDWR = 2;
    private static final int O_NOCTTY = 0x100;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_WRONLY = 1;
    private static final int O_CREAT = 0x40;
    private static final int O_TRUNC = 0x200;
    private static final int O_APPEND = 0x400;
    private static final int OWNER_ONLY = 0600;
    private static final int SIG_IGN = 1;
    private static final int MFD_CLOEXEC = 1;
    private static final int MESSAGE_BYTES_MAX = 256;
    private static final int PATH_BYTES_MAX = 4096;
    private static final int SET_WINDOW_SIZE = 0x5414;
    private static final int WNOHANG = 1;
    private static final int SEEK_SET = 0;
    private static final long SYS_PIDFD_OPEN = 434;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBRARY = LINKER.defaultLookup();
    private static final VarHandle ERRNO =
            Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

    /**
     * Calls a function that takes up to six words and returns one. On the processors Millrace runs on a number or pointer
     * travels in a register of its own whatever its width, and a function does not look at registers beyond its last
     * argument; so one handle serves every function, and only one has to be made when a node starts.
     */
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    private static final MemorySegment STRERROR = find("strerror");
    private static final MemorySegment MALLOC = find("malloc");
    private static final MemorySegment FREE = find("free");
    private static final MemorySegment KILL = find("kill");
    private static final MemorySegment SIGNAL = find("signal");
    private static final MemorySegment OPEN = find("open");
    private static final MemorySegment PIPE2 = find("pipe2");
    private static final MemorySegment CLOSE = find("close");
    private static final MemorySegment READ = find("read");
    private static final MemorySegment WRITE = find("write");
    private static final MemorySegment LSEEK = find("lseek");
    private static final MemorySegment MEMFD_CREATE = find("memfd_create");
    private static final MemorySegment EVENTFD = find("eventfd");
    private static final MemorySegment WAITPID = find("waitpid");
    private static final MemorySegment SYSCALL = find("syscall");
    private static final MemorySegment EPOLL_CREATE = find("epoll_create1");
    private static final MemorySegment EPOLL_CTL = find("epoll_ctl");
    private static final MemorySegment EPOLL_WAIT = find("epoll_wait");
    private static final MemorySegment SCHED_GETAFFINITY = find("sched_getaffinity");
    private static final MemorySegment SCHED_SETAFFINITY = find("sched_setaffinity");

    public static final MemorySegment POSIX_SPAWN = find("posix_spawn");
    public static final MemorySegment SPAWN_ACTIONS_INIT = find("posix_spawn_file_actions_init");
    public static final MemorySegment SPAWN_ACTIONS_DESTROY = find("posix_spawn_file_actions_destroy");
    public static final MemorySegment SPAWN_ADD_DUP2 = find("posix_spawn_file_actions_adddup2");
    public static final MemorySegment SPAWN_ADD_OPEN = find("posix_spawn_file_actions_addopen");
    public static final MemorySegment SPAWN_ADD_CHDIR = find("posix_spawn_file_actions_addchdir_np");
    public static final MemorySegment SPAWN_ADD_CLOSE_FROM = find("posix_spawn_file_actions_addclosefrom_np");
    public static final MemorySegment SPAWN_ATTRIBUTES_INIT = find("posix_spawnattr_init");
    public static final MemorySegment SPAWN_SET_FLAGS = find("posix_spawnattr_setflags");
    public static final MemorySegment SPAWN_SET_SIGNAL_DEFAULTS = find("posix_spawnattr_setsigdefault");
    public static final MemorySegment SPAWN_SET_SIGNAL_MASK = find("posix_spawnattr_setsigmask");

    private LibC() {}

    /**
     * A descriptor of the side of a new pseudo terminal from which one reads what is shown on it. Neither inherited nor
     * anybody's controlling terminal. Its other side can be opened by its name.
     */
    static int openPseudoTerminal() throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            return check(call(Terminals.OPEN, state, O_RDWR | O_NOCTTY | O_CLOEXEC), state, "posix_openpt");
        }
    }

    /** Lets the other side of a pseudo terminal be opened, and returns its name. */
    static String unlockPseudoTerminal(int descriptor) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            check(call(Terminals.GRANT, state, descriptor), state, "grantpt");
            check(call(Terminals.UNLOCK, state, descriptor), state, "unlockpt");
            var name = memory.allocate(PATH_BYTES_MAX);
            int error = (int) call(Terminals.NAME, state, descriptor, name.address(), name.byteSize());
            if (error != 0) {
                throw new IOException("ptsname_r: " + message(error));
            }
            return name.getString(0);
        }
    }

    /** Sets how many characters a terminal shows. */
    static void setWindowSize(int terminal, int columns, int lines) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            var size = memory.allocateFrom(JAVA_SHORT, (short) lines, (short) columns, (short) 0, (short) 0);
            check(call(Terminals.CONTROL, state, terminal, SET_WINDOW_SIZE, size.address()), state, "ioctl");
        }
    }

    /**
     * Memory of any content, until it is freed. To close an arena would interrupt every thread of the JVM instead.
     *
     * @throws IllegalStateException if the system has none
     */
    @SuppressWarnings("restricted") // the size is the one that was asked for
    public static MemorySegment allocate(long bytes) {
        try (var memory = Arena.ofConfined()) {
            long address = call(MALLOC, state(memory), bytes);
            if (address == 0) {
                throw new IllegalStateException("The system has no memory for a buffer of " + bytes + " bytes");
            }
            return MemorySegment.ofAddress(address).reinterpret(bytes);
        }
    }

    /** Nobody may use the memory from here on. */
    public static void free(MemorySegment allocated) {
        try (var memory = Arena.ofConfined()) {
            call(FREE, state(memory), allocated.address());
        }
    }

    /** Sends a signal to a process, or to a group if {@code pid} is negative; returns 0 or the error number. */
    public static int kill(int pid, int signal) {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            return (int) call(KILL, state, pid, signal) == 0 ? 0 : errno(state);
        }
    }

    /** From here on the signal has no effect on this process. One that is caught by the virtual machine stays caught. */
    public static void ignore(int signal) {
        try (var memory = Arena.ofConfined()) {
            call(SIGNAL, state(memory), signal, SIG_IGN);
        }
    }

    /** A descriptor that adds to the end of a file, which only its owner can read and which is empty at first. */
    public static int emptyFile(String path) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            int flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC;
            return check(call(OPEN, state, memory.allocateFrom(path).address(), flags, OWNER_ONLY), state, "open");
        }
    }

    /** Two descriptors, reading end first. Neither is inherited by processes unless it is handed over. */
    public static int[] pipe() throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            var ends = memory.allocate(JAVA_INT, 2);
            check(call(PIPE2, state, ends.address(), O_CLOEXEC), state, "pipe");
            return new int[] {ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1)};
        }
    }

    public static void close(int descriptor) {
        try (var memory = Arena.ofConfined()) {
            call(CLOSE, state(memory), descriptor);
        }
    }

    /**
     * Reads what is there; 0 or less at the end. The memory cannot be freed meanwhile.
     *
     * @throws IllegalStateException if the memory was freed already
     */
    public static int read(int descriptor, MemorySegment into) {
        return Reading.read(descriptor, into);
    }

    /** The same into memory that nobody can take back meanwhile, for what is read before the first command is started. */
    public static int readOwn(int descriptor, MemorySegment into) {
        try (var memory = Arena.ofConfined()) {
            return (int) call(READ, state(memory), descriptor, into.address(), into.byteSize());
        }
    }

    /** Does what else the first {@link #read} would have to wait for, some tens of milliseconds. */
    public static void prepareReading() {
        Reading.prepare();
    }

    /** Writes all of the bytes. */
    public static void write(int descriptor, byte[] bytes) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            var all = memory.allocateFrom(JAVA_BYTE, bytes);
            int done = 0;
            while (done < bytes.length) {
                long rest = all.address() + done;
                done += check(call(WRITE, state, descriptor, rest, bytes.length - done), state, "write");
            }
        }
    }

    /** A descriptor from which a process can read these bytes at its own pace. */
    public static int memoryFile(byte[] bytes) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            var name = memory.allocateFrom("stdin");
            int descriptor = check(call(MEMFD_CREATE, state, name.address(), MFD_CLOEXEC), state, "memfd_create");
            try {
                write(descriptor, bytes);
                check(call(LSEEK, state, descriptor, 0, SEEK_SET), state, "lseek");
                return descriptor;
            } catch (IOException e) {
                close(descriptor);
                throw e;
            }
        }
    }

    /** A descriptor that becomes readable when a number is written to it. */
    public static int eventCounter() throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            return check(call(EVENTFD, state, 0, O_CLOEXEC | O_NONBLOCK), state, "eventfd");
        }
    }

    /** A descriptor that becomes readable when the process ends. */
    public static int processDescriptor(int pid) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            return check(call(SYSCALL, state, SYS_PIDFD_OPEN, pid, 0), state, "pidfd_open");
        }
    }

    /**
     * Asks the kernel directly. Unlike the functions of the C library, which change every thread, a call that changes
     * credentials changes the calling thread only.
     *
     * @param arguments five at most
     * @return what the kernel answers; a negative result is an error number with its sign turned
     */
    public static long systemCall(long number, long... arguments) {
        var words = new long[arguments.length + 1];
        words[0] = number;
        System.arraycopy(arguments, 0, words, 1, arguments.length);
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            long result = call(SYSCALL, state, words);
            return result == -1 ? -errno(state) : result;
        }
    }

    /** Wait status of a child that has ended; the child is forgotten by the system. Negative if it has not ended. */
    public static int reap(int pid) {
        return reap(pid, WNOHANG);
    }

    /** As {@link #reap(int)} for a child that was killed and is about to end: waits until it has. */
    public static int reapKilled(int pid) {
        return reap(pid, 0);
    }

    private static int reap(int pid, int options) {
        try (var memory = Arena.ofConfined()) {
            var status = memory.allocate(JAVA_INT);
            int reaped = (int) call(WAITPID, state(memory), pid, status.address(), options);
            return reaped == pid ? status.get(JAVA_INT, 0) : -1;
        }
    }

    public static int epollCreate() throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            return check(call(EPOLL_CREATE, state, O_CLOEXEC), state, "epoll_create1");
        }
    }

    /** Adds or removes a descriptor; {@code tag} comes back with its events. */
    public static void epollControl(int epoll, int operation, int descriptor, long tag) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            var event = EpollEvents.one(memory, EPOLLIN, tag);
            check(call(EPOLL_CTL, state, epoll, operation, descriptor, event.address()), state, "epoll_ctl");
        }
    }

    /** Waits for events; returns how many came, 0 or less if none did. */
    public static int epollWait(int epoll, EpollEvents events, int timeoutMillis) {
        return (int)
                call(EPOLL_WAIT, events.state(), epoll, events.memory().address(), events.capacity(), timeoutMillis);
    }

    /** Fills in the processors a thread may run on; 0 is the calling thread. */
    public static void getAffinity(int thread, MemorySegment mask) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            check(call(SCHED_GETAFFINITY, state, thread, mask.byteSize(), mask.address()), state, "sched_getaffinity");
        }
    }

    /** Sets the processors a thread may run on; 0 is the calling thread. */
    public static void setAffinity(int thread, MemorySegment mask) throws IOException {
        try (var memory = Arena.ofConfined()) {
            var state = state(memory);
            check(call(SCHED_SETAFFINITY, state, thread, mask.byteSize(), mask.address()), state, "sched_setaffinity");
        }
    }

    /** What an error number means, in English. */
    public static String message(int error) {
        try (var memory = Arena.ofConfined()) {
            long text = call(STRERROR, state(memory), error);
            return MemorySegment.ofAddress(text).reinterpret(MESSAGE_BYTES_MAX).getString(0);
        }
    }

    /** Memory for {@link #call} to leave the error number in. */
    public static MemorySegment state(Arena memory) {
        return memory.allocate(Linker.Option.captureStateLayout());
    }

    /** Calls a function; of a result that is an {@code int} the lower half counts. */
    public static long call(MemorySegment function, MemorySegment state, long... arguments) {
        try {
            return (long) CALL.invokeExact(
                    function,
                    state,
                    argument(arguments, 0),
                    argument(arguments, 1),
                    argument(arguments, 2),
                    argument(arguments, 3),
                    argument(arguments, 4),
                    argument(arguments, 5));
        } catch (Throwable e) {
            // A method handle declares any exception; a C function throws none.
            throw new IllegalStateException("A call of the C library failed", e);
        }
    }

    private static long argument(long[] arguments, int index) {
        return index < arguments.length ? arguments[index] : 0;
    }

    private static int check(long result, MemorySegment state, String call) throws IOException {
        if ((int) result < 0) {
            throw new IOException(call + ": " + message(errno(state)));
        }
        return (int) result;
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    private static MemorySegment find(String name) {
        return LIBRARY.find(name)
                .orElseThrow(() -> new UnsupportedOperationException("The C library of this system has no function "
                        + name + ". Millrace needs Linux with glibc 2.34 or newer."));
    }

    /** Looked up with the first terminal instead of with the node. */
    private static final class Terminals {
        private static final MemorySegment OPEN = find("posix_openpt");
        private static final MemorySegment GRANT = find("grantpt");
        private static final MemorySegment UNLOCK = find("unlockpt");
        private static final MemorySegment NAME = find("ptsname_r");
        private static final MemorySegment CONTROL = find("ioctl");
    }

    /**
     * Unlike {@link #CALL} its handle is given the memory itself and so keeps it for as long as the call takes: whoever
     * lends the memory may take it back at any time, and the bytes would land in somebody else's. Made with the first
     * process instead of with the node.
     */
    private static final class Reading {
        private static final MethodHandle HANDLE =
                LINKER.downcallHandle(LibC.READ, FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));

        /** Called for what its class does when it is first used. */
        static void prepare() {}

        static int read(int descriptor, MemorySegment into) {
            try {
                return (int) (long) HANDLE.invokeExact(descriptor, into, into.byteSize());
            } catch (RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                // A method handle declares any exception; a C function throws none.
                throw new IllegalStateException("A call of the C library failed", e);
            }
        }
    }
}
