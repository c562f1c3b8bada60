package io.millrace.host.supervise;

import io.millrace.contracts.log.LogStream;

/** The end of one stream of a command from which it is read. */
final class OutputPipe extends WatchedDescriptor {
    private final LogStream stream;

    OutputPipe(EventLoop loop, LogStream stream, int descriptor) {
        super(loop, descriptor);
        this.stream = stream;
    }

    LogStream stream() {
        return stream;
    }
}
