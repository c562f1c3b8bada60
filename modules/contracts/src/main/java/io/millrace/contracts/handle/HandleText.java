package io.millrace.contracts.handle;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.MillraceException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The text form of a handle: {@code mh1.<parts>.<seal>}, letters, digits, dots, hyphens and underscores only, so that it
 * can stand in a path, a header or a list without being quoted.
 *
 * <p>The parts are each behind their length, in URL-safe base 64, so none of them can run into the next. Each handle has
 * one text and each text at most one handle. That a text can be read says nothing about who made it: only the seal does,
 * and only a channel can check that.
 */
public final class HandleText {
    /** Longest text. A longer one is the text of no handle. */
    public static final int CHARS_MAX = 1_024;

    private static final String PREFIX = "mh1.";
    private static final Pattern FORM = Pattern.compile("mh1\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private HandleText() {}

    /**
     * The text of a handle.
     *
     * @throws IllegalArgumentException if it has none: its seal is not base 64, or it would be longer than
     *     {@link #CHARS_MAX}
     */
    public static String format(Handle handle) {
        String text = PREFIX + ENCODER.encodeToString(encoded(handle)) + "." + handle.seal();
        if (!hasForm(text)) {
            throw new IllegalArgumentException("The handle of " + handle.type() + " '" + handle.id()
                    + "' has no text form: it would have " + text.length() + " characters (" + CHARS_MAX
                    + " are allowed), or its seal is not base 64.");
        }
        return text;
    }

    /** The handle of a text; empty if no handle has that text. The seal is not checked. */
    public static Optional<Handle> parse(String text) {
        if (!hasForm(text)) {
            return Optional.empty();
        }
        int dot = text.lastIndexOf('.');
        try {
            Handle handle = decoded(DECODER.decode(text.substring(PREFIX.length(), dot)), text.substring(dot + 1));
            return format(handle).equals(text) ? Optional.of(handle) : Optional.empty();
        } catch (IOException | IllegalArgumentException | MillraceException e) {
            // Text from outside that has the form by chance or by malice.
            return Optional.empty();
        }
    }

    /** True if the text claims to be a handle rather than an identifier. Whether it is one is for {@link #parse} to say. */
    public static boolean isClaimed(String text) {
        return text.startsWith(PREFIX);
    }

    private static boolean hasForm(String text) {
        return text.length() <= CHARS_MAX && FORM.matcher(text).matches();
    }

    private static byte[] encoded(Handle handle) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeUTF(handle.type().name());
            out.writeUTF(handle.id());
            out.writeUTF(handle.channel().value());
            out.writeLong(handle.incarnation());
            out.writeUTF(handle.node());
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "A part of the handle has more than 65,535 bytes, so it has no text form.", e);
        }
        return bytes.toByteArray();
    }

    private static Handle decoded(byte[] parts, String seal) throws IOException {
        try (var in = new DataInputStream(new ByteArrayInputStream(parts))) {
            return new Handle(
                    HandleType.valueOf(in.readUTF()),
                    in.readUTF(),
                    new ChannelName(in.readUTF()),
                    in.readLong(),
                    in.readUTF(),
                    seal);
        }
    }
}
