package io.millrace.channel.script;

import io.millrace.domain.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files as text, up to {@link Limits#SCRIPT_FILE_BYTES_MAX}. */
final class FileText {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private FileText() {}

    /**
     * Whole text of a regular file. Bytes that are not UTF-8 are replaced.
     *
     * @throws IOException if it cannot be read or is too large
     */
    static String read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Limits.SCRIPT_FILE_BYTES_MAX + 1);
            if (bytes.length > Limits.SCRIPT_FILE_BYTES_MAX) {
                throw new IOException("it is larger than " + Limits.SCRIPT_FILE_BYTES_MAX + " bytes");
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
        }
    }

    /** Why a file could not be read, as a clause. */
    static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "the node's user may not read it";
        }
        String message = e.getMessage();
        return message == null ? "it cannot be read" : message;
    }
}
