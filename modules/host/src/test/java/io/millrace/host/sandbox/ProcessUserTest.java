package io.millrace.host.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessUserTest {
    private static final int SOME_UID = 1_234;

    @Test
    void theSettingNamesAWayOrAUser() {
        assertThat(ProcessUser.parse("auto")).isEqualTo(ProcessUser.AUTO);
        assertThat(ProcessUser.parse("own")).isEqualTo(ProcessUser.OWN);
        assertThat(ProcessUser.parse("1000")).isEqualTo(new ProcessUser(ProcessUser.Kind.FIXED, 1000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "root", "", "AUTO", "2147483648"})
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> ProcessUser.parse(text)).hasMessageContaining("auto, own, or the number of a user");
    }

    @Test
    void aNodeThatIsNotRootRunsCommandsAsItself() throws IOException {
        var sandbox = Sandbox.of(ProcessUser.AUTO, SOME_UID, UserSwitch.find());

        assertThat(sandbox.hasOwnUsers()).isFalse();
        assertThat(sandbox.userOf("imports").isOther()).isFalse();
        assertThat(sandbox.description())
                .containsEntry("tier", "S0 (commands are not isolated)")
                .hasEntrySatisfying(
                        "user", user -> assertThat(user).contains("1234").contains("does not run as root"));
    }

    @Test
    void aNodeThatIsNotRootRefusesToRunCommandsAsAnother() throws IOException {
        assertThatThrownBy(() -> Sandbox.of(ProcessUser.parse("1000"), SOME_UID, UserSwitch.find()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("1000")
                .hasMessageContaining("does not run as root");
        assertThat(Sandbox.of(ProcessUser.parse("1234"), SOME_UID, UserSwitch.find())
                        .hasOwnUsers())
                .isFalse();
    }

    @Test
    void commandsOfTheNodesOwnUserAreLockedUpOnDemandOnly() throws IOException {
        var sandbox =
                Sandbox.of(new SandboxSettings(ProcessUser.OWN, ConfinementUse.AUTO, NetworkAccess.NODE, List.of()));

        assertThat(sandbox.confines()).isFalse();
        assertThat(sandbox.description().get("namespaces"))
                .startsWith("not enforced, because millrace.processes.sandbox is auto");
        assertThatThrownBy(() -> Sandbox.of(
                        new SandboxSettings(ProcessUser.OWN, ConfinementUse.AUTO, NetworkAccess.NONE, List.of())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("millrace.processes.network");
    }

    @Test
    void channelsWhoseNamesLeadToTheSameNumberHaveDifferentUsers() {
        Map<Integer, String> byHash = new HashMap<>();
        String one = null;
        String other = "";
        for (int i = 0; one == null; i++) {
            other = "c" + i;
            one = byHash.put(ChannelUsers.hash(other), other);
        }
        var users = new ChannelUsers();

        assertThat(users.of(one)).isEqualTo(new ChannelUsers().of(other));
        assertThat(users.of(other)).isNotEqualTo(users.of(one)).isBetween(ChannelUsers.FIRST, ChannelUsers.LAST);
        assertThat(users.of(one)).isEqualTo(users.of(one));
    }

    @Test
    void usersOfChannelsAreInTheirRange() {
        var users = new ChannelUsers();

        assertThat(IntStream.range(0, 1_000).map(i -> users.of("c" + i)))
                .doesNotHaveDuplicates()
                .allMatch(uid -> uid >= ChannelUsers.FIRST && uid <= ChannelUsers.LAST);
    }
}
