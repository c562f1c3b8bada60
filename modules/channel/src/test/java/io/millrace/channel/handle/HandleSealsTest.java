package io.millrace.channel.handle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandleSealsTest {
    private static final ChannelName CHANNEL = new ChannelName("builds");

    private final HandleSeals seals = new HandleSeals(key(1));

    private static byte[] key(int first) {
        byte[] key = new byte[32];
        key[0] = (byte) first;
        return key;
    }

    private Handle handle() {
        return seals.seal(HandleType.LEASE, "schema", CHANNEL, 7, "node-1");
    }

    @Test
    void aHandleIsRecognisedByEveryNodeWithTheSameKey() {
        assertThat(new HandleSeals(key(1)).isGenuine(handle())).isTrue();
    }

    @Test
    void aHandleOfAnotherKeyIsNotGenuine() {
        assertThat(new HandleSeals(key(2)).isGenuine(handle())).isFalse();
    }

    @Test
    void aHandleIsNotGenuineOnceAnyPartOfItIsChanged() {
        Handle made = handle();
        String seal = made.seal();
        String otherSeal = (seal.charAt(0) == 'A' ? "B" : "A") + seal.substring(1);

        assertThat(List.of(
                        new Handle(HandleType.THREAD, "schema", CHANNEL, 7, "node-1", seal),
                        new Handle(HandleType.LEASE, "schemas", CHANNEL, 7, "node-1", seal),
                        new Handle(HandleType.LEASE, "schema", new ChannelName("tests"), 7, "node-1", seal),
                        new Handle(HandleType.LEASE, "schema", CHANNEL, 8, "node-1", seal),
                        new Handle(HandleType.LEASE, "schema", CHANNEL, 7, "node-2", seal),
                        new Handle(HandleType.LEASE, "schema", CHANNEL, 7, "node-1", otherSeal),
                        new Handle(HandleType.LEASE, "schema", CHANNEL, 7, "node-1", "")))
                .noneMatch(seals::isGenuine);
    }

    @Test
    void charactersCannotMoveFromOnePartToTheNext() {
        Handle made = seals.seal(HandleType.LEASE, "lock", new ChannelName("abuilds"), 1, "node-1");
        Handle moved = new Handle(HandleType.LEASE, "locka", new ChannelName("builds"), 1, "node-1", made.seal());

        assertThat(seals.isGenuine(made)).isTrue();
        assertThat(seals.isGenuine(moved)).isFalse();
    }

    @Test
    void aShortKeyIsRefused() {
        assertThatThrownBy(() -> new HandleSeals(new byte[31])).isInstanceOf(IllegalArgumentException.class);
    }
}
