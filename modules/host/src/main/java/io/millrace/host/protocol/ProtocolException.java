package io.millrace.host.protocol;

import java.io.IOException;

/** The other end sent what this version of the protocol does not know. The connection cannot go on. */
public final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    public ProtocolException(String message) {
        super(message);
    }
}
