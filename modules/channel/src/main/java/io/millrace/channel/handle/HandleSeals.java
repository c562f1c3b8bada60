package io.millrace.channel.handle;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes handles and recognises them again. A seal is the HMAC-SHA-256 of all other parts of the handle under a key that
 * the nodes of the cluster share, so whoever lacks the key can neither make up a handle nor change one.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class HandleSeals {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES_MIN = 32;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final SecretKeySpec key;

    /**
     * @param key secret of the cluster, 32 bytes or more
     */
    public HandleSeals(byte[] key) {
        if (key.length < KEY_BYTES_MIN) {
            throw new IllegalArgumentException(
                    "The key of handles has " + key.length + " bytes; it needs " + KEY_BYTES_MIN + " or more");
        }
        this.key = new SecretKeySpec(key, ALGORITHM);
    }

    /** A handle of these parts, with its seal. */
    public Handle seal(HandleType type, String id, ChannelName channel, long incarnation, String node) {
        return new Handle(type, id, channel, incarnation, node, sealOf(type, id, channel, incarnation, node));
    }

    /** True if the handle was made with the key of this cluster and nothing of it was changed since. */
    public boolean isGenuine(Handle handle) {
        String expected = sealOf(handle.type(), handle.id(), handle.channel(), handle.incarnation(), handle.node());
        // Compares in constant time, so that a forger learns nothing from how long a refusal takes.
        return MessageDigest.isEqual(utf8(expected), utf8(handle.seal()));
    }

    private String sealOf(HandleType type, String id, ChannelName channel, long incarnation, String node) {
        return BASE64.encodeToString(mac(encoded(type.name(), id, channel.value(), Long.toString(incarnation), node)));
    }

    /** Each part behind its length, so that no two handles are the same bytes. */
    private static byte[] encoded(String... parts) {
        byte[][] bytes = new byte[parts.length][];
        int length = 0;
        for (int i = 0; i < parts.length; i++) {
            bytes[i] = utf8(parts[i]);
            length += Integer.BYTES + bytes[i].length;
        }
        ByteBuffer buffer = ByteBuffer.allocate(length);
        for (byte[] part : bytes) {
            buffer.putInt(part.length).put(part);
        }
        return buffer.array();
    }

    private byte[] mac(byte[] message) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
