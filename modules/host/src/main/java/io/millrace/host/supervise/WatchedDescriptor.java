package io.millrace.host.supervise;

import io.millrace.host.system.LibC;
import java.lang.foreign.MemorySegment;

/** A descriptor of this process, watched by the loop while somebody wants to hear of it. Used by the loop's thread. */
class WatchedDescriptor {
    private static final int NONE = -1;

    private final EventLoop loop;
    private int descriptor;
    private long watch = NONE;

    WatchedDescriptor(EventLoop loop, int descriptor) {
        this.loop = loop;
        this.descriptor = descriptor;
    }

    final boolean isOpen() {
        return descriptor != NONE;
    }

    /** Does nothing if it is watched already, or closed. */
    final void watch(EventLoop.Handler handler) {
        if (isOpen() && watch == NONE) {
            watch = loop.watch(descriptor, handler);
        }
    }

    final void unwatch() {
        if (watch != NONE) {
            loop.unwatch(descriptor, watch);
            watch = NONE;
        }
    }

    /**
     * Waits if there is nothing to read. The one method that another thread may call, while the loop's leaves it alone.
     *
     * @return bytes read, 0 or less at the end
     */
    final int read(MemorySegment into) {
        return LibC.read(descriptor, into);
    }

    final void close() {
        if (isOpen()) {
            unwatch();
            LibC.close(descriptor);
            descriptor = NONE;
        }
    }
}
