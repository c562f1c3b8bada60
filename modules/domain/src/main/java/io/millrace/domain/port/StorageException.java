package io.millrace.domain.port;

/** The database could not do what was asked. Whether a write took effect is unknown. */
public final class StorageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StorageException(String message, Throwable cause) {
        super(message, cause);
    }
}
