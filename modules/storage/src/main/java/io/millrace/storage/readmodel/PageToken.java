package io.millrace.storage.readmodel;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * Where a page of a list ended, as opaque text: the last key shown, behind a digest of it and of the list's filters.
 * The digest is no protection, as a token gives no rights: it tells a token of this list from one of another.
 */
final class PageToken {
    private static final int DIGEST_BYTES = 8;

    private PageToken() {}

    /**
     * @param list what makes the list the one it is: its kind and its filters, not its page size
     * @param lastKey key of the last item shown
     */
    static String of(String list, byte[] lastKey) {
        byte[] token = Arrays.copyOf(digest(list, lastKey), DIGEST_BYTES + lastKey.length);
        System.arraycopy(lastKey, 0, token, DIGEST_BYTES, lastKey.length);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    }

    /**
     * The key a token holds.
     *
     * @throws MillraceException INVALID_ARGUMENT if {@link #of} did not make it for this list
     */
    static byte[] lastKey(String list, String token) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(token);
        } catch (IllegalArgumentException e) {
            throw foreign();
        }
        byte[] key = bytes.length < DIGEST_BYTES ? bytes : Arrays.copyOfRange(bytes, DIGEST_BYTES, bytes.length);
        if (!token.equals(of(list, key))) {
            throw foreign();
        }
        return key;
    }

    private static byte[] digest(String list, byte[] lastKey) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(list.getBytes(StandardCharsets.UTF_8));
            return Arrays.copyOf(digest.digest(lastKey), DIGEST_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static MillraceException foreign() {
        return Problem.of(
                        ErrorCode.INVALID_ARGUMENT,
                        "Storage",
                        "The page token is not one that this list gave out. Leave it out to begin with the first page, "
                                + "and keep the filters unchanged while turning pages.")
                .asException();
    }
}
