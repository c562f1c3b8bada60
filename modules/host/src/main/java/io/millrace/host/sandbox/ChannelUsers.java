package io.millrace.host.sandbox;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostLimits;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Numbers of users for channels: {@code 1879048192} (0x70000000) to {@code 1895825407} (0x70FFFFFF), a range in which
 * neither distributions nor container runtimes hand out any. The number follows from the channel's name, so that it is
 * the same after a restart and on every node. Two channels never share one while a host lives: should their names lead to
 * the same number, the later channel gets the next free one.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class ChannelUsers {
    static final int FIRST = 0x7000_0000;
    static final int LAST = 0x70FF_FFFF;
    private static final int OFFSET_MASK = LAST - FIRST;

    private final Map<String, Integer> byChannel = new ConcurrentHashMap<>();
    private final Map<Integer, String> channels = new ConcurrentHashMap<>();

    /**
     * The user of a channel, which is also its group.
     *
     * @throws io.millrace.contracts.MillraceException RESOURCE_LIMIT beyond {@link HostLimits#CHANNEL_USERS_MAX}
     */
    int of(String channel) {
        var known = byChannel.get(channel);
        return known != null ? known : byChannel.computeIfAbsent(channel, this::firstFree);
    }

    private int firstFree(String channel) {
        if (channels.size() >= HostLimits.CHANNEL_USERS_MAX) {
            throw Problem.of(
                            ErrorCode.RESOURCE_LIMIT,
                            "ProcessManager",
                            "The command was not started: its process host has given users of their own to "
                                    + channels.size() + " channels, the most it may. Restart the node when its"
                                    + " commands have ended.")
                    .asException();
        }
        int offset = hash(channel);
        while (!channel.equals(channels.computeIfAbsent(FIRST + offset, _ -> channel))) {
            offset = (offset + 1) & OFFSET_MASK;
        }
        return FIRST + offset;
    }

    static int hash(String channel) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(channel.getBytes(StandardCharsets.UTF_8));
            return ((digest[0] & 0xff) << 16) | ((digest[1] & 0xff) << 8) | (digest[2] & 0xff);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
