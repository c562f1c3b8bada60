package io.millrace.channel.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.millrace.host.limits.ControlGroupController;
import io.millrace.host.limits.ControlGroupSearch;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.limits.ControlGroupVersion;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.OwnControlGroups;
import io.millrace.host.limits.SystemLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which control groups a node uses, on machines that are simulated. */
class ControlGroupSearchTest {
    @TempDir
    Path directory;

    private Path top;
    private Path proc;
    private SimulatedControlGroups files;

    @BeforeEach
    void simulate() throws IOException {
        top = directory.resolve("groups");
        proc = Files.createDirectory(directory.resolve("proc"));
        files = new SimulatedControlGroups(ControlGroupVersion.V2, top);
    }

    @Test
    void aNodeInTheTopmostGroupUsesIt() throws IOException {
        // given a container that shows its own part of the hierarchy only
        nodeIsIn("0::/docker/12ab", mountOfVersion2("/docker/12ab"));

        // when
        var groups = find(ControlGroupUse.AUTO);

        // then
        assertThat(groups.obstacle(ControlGroupController.MEMORY)).isEmpty();
        assertThat(groups.obstacle(ControlGroupController.PIDS)).isEmpty();
        assertThat(Files.readString(top.resolve("cgroup.subtree_control"))).isEqualTo("memory pids");
        assertThat(groups.use(ControlGroupController.MEMORY).orElseThrow())
                .contains("control group v2 below " + top + "/millrace-");
    }

    @Test
    void aGroupOfAnotherOwnerIsNotDivided() throws IOException {
        // given
        Path service = service();

        // when
        var groups = find(ControlGroupUse.AUTO);

        // then
        assertThat(groups.obstacle(ControlGroupController.MEMORY).orElseThrow())
                .contains(service.toString(), "belongs to whoever made it", "Delegate=yes", "own");
        assertThat(files.children(service)).isEmpty();
    }

    @Test
    void aGroupThatWasHandedOverIsDivided() throws IOException {
        // given
        Path service = service();
        var attributes = Files.getFileAttributeView(service, UserDefinedFileAttributeView.class);
        assumeThat(attributes).as("attributes of files in " + service).isNotNull();
        attributes.write("delegate", ByteBuffer.wrap("1".getBytes(StandardCharsets.US_ASCII)));

        // when
        var groups = find(ControlGroupUse.AUTO);

        // then
        assertThat(groups.obstacle(ControlGroupController.MEMORY)).isEmpty();
        assertThat(groups.obstacle(ControlGroupController.PIDS)).isEmpty();
    }

    @Test
    void anOperatorCanGiveTheNodeItsOwnGroup() throws IOException {
        // given
        service();

        // when
        var groups = find(ControlGroupUse.OWN);

        // then
        assertThat(groups.obstacle(ControlGroupController.MEMORY)).isEmpty();
    }

    @Test
    void anOperatorCanForbidControlGroups() throws IOException {
        // given
        nodeIsIn("0::/", mountOfVersion2("/"));

        // when
        var groups = find(ControlGroupUse.NONE);

        // then
        assertThat(groups.obstacle(ControlGroupController.MEMORY).orElseThrow()).contains("is none");
        assertThat(files.names()).isEmpty();
    }

    @Test
    void allProcessesLeaveAGroupThatMustHaveNone() throws IOException {
        // given the node and another one
        Path service = service();
        Files.write(service.resolve("cgroup.procs"), List.of(pid(), parentPid()));

        // when
        var groups = find(ControlGroupUse.OWN);

        // then
        assertThat(groups.obstacle(ControlGroupController.MEMORY)).isEmpty();
        assertThat(Files.readString(service.resolve("cgroup.procs"))).isEmpty();
        Path home = files.children(service).getFirst();
        assertThat(Files.readAllLines(home.resolve("node/cgroup.procs"))).containsExactly(pid(), parentPid());
        assertThat(Files.readString(home.resolve("cgroup.subtree_control"))).isEqualTo("memory pids");
    }

    @Test
    void aNodeThatIsStartedInTheGroupOfNodesDividesTheSameGroup() throws IOException {
        // given a node that moved, for example together with the shell that starts the next one
        Path service = service();
        Files.writeString(service.resolve("cgroup.procs"), pid());
        find(ControlGroupUse.OWN);
        Path home = files.children(service).getFirst();
        nodeIsIn("0::/" + top.relativize(home) + "/node", mountOfVersion2("/"));

        // when
        var groups = find(ControlGroupUse.AUTO);

        // then
        assertThat(groups.use(ControlGroupController.PIDS).orElseThrow()).endsWith(" below " + home);
    }

    @Test
    void whereAProcessCannotLeaveEveryOneStaysAndNoGroupIsLeft() throws IOException {
        // given
        Path service = service();
        Files.write(service.resolve("cgroup.procs"), List.of(pid(), parentPid()));
        files.keep(parentPid());

        // when
        var groups = find(ControlGroupUse.OWN);

        // then
        assertThat(groups.obstacle(ControlGroupController.MEMORY).orElseThrow()).contains("busy");
        assertThat(Files.readAllLines(service.resolve("cgroup.procs"))).contains(pid(), parentPid());
        assertThat(files.children(service)).isEmpty();
    }

    @Test
    void aMissingControllerIsNamed() throws IOException {
        // given
        nodeIsIn("0::/", mountOfVersion2("/"));
        Files.writeString(top.resolve("cgroup.controllers"), "hugetlb");

        // when
        var groups = find(ControlGroupUse.AUTO);

        // then
        assertThat(groups.obstacle(ControlGroupController.MEMORY).orElseThrow()).contains("no controller memory");
        assertThat(files.names()).isEmpty();
    }

    @Test
    void aSystemWithoutControlGroupsSaysSo() throws IOException {
        // given
        nodeIsIn("", "21 1 8:1 / / rw - ext4 /dev/sda1 rw");

        // when
        var groups = find(ControlGroupUse.AUTO);

        // then
        assertThat(groups.obstacle(ControlGroupController.PIDS).orElseThrow())
                .contains("no control groups with the controller pids");
    }

    @Test
    void controllersOfVersion1AreFoundEachInItsOwnHierarchy() {
        // given a machine on which version 2 is there without these controllers
        var own = new OwnControlGroups(
                List.of("8:pids:/", "4:memory:/service/12ab", "2:cpu,cpuacct:/", "0::/"),
                List.of(
                        "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
                        "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
                        "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime shared:9 - cgroup cgroup rw,pids",
                        "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw"));

        // when, then
        assertThat(own.of(ControlGroupController.MEMORY))
                .contains(new OwnControlGroups.Group(
                        ControlGroupVersion.V1, Path.of("/sys/fs/cgroup/memory/service/12ab"), false));
        assertThat(own.of(ControlGroupController.PIDS))
                .contains(new OwnControlGroups.Group(ControlGroupVersion.V1, Path.of("/sys/fs/cgroup/pids"), true));
    }

    @Test
    void limitsOfTheSystemAreRead() {
        // when
        var limits = SystemLimits.parse(List.of(
                "Limit                     Soft Limit           Hard Limit           Units     ",
                "Max open files            1024                 20000                files     ",
                "Max address space         unlimited            unlimited            bytes     ",
                "Max file size             4096                 8192                 bytes     ",
                "Max cpu time              60                   unlimited            seconds   ",
                "Max processes             100                  200                  processes "));

        // then
        assertThat(limits).isEqualTo(new SystemLimits(20_000, Long.MAX_VALUE, 8_192, Long.MAX_VALUE, 200));
    }

    /** The node is in a group below the topmost one. */
    private Path service() throws IOException {
        Path service = top.resolve("service");
        files.create(service);
        nodeIsIn("0::/service", mountOfVersion2("/"));
        return service;
    }

    private ControlGroups find(ControlGroupUse use) {
        return new ControlGroupSearch(proc, files, directory.resolve("data"), use).find();
    }

    private void nodeIsIn(String membership, String mount) throws IOException {
        Files.writeString(proc.resolve("cgroup"), membership + "\n");
        Files.writeString(proc.resolve("mountinfo"), mount + "\n");
    }

    private String mountOfVersion2(String shown) {
        return "41 31 0:38 " + shown + " " + top + " rw,relatime - cgroup2 cgroup2 rw";
    }

    private static String parentPid() {
        return Long.toString(ProcessHandle.current().parent().orElseThrow().pid());
    }

    private static String pid() {
        return Long.toString(ProcessHandle.current().pid());
    }
}
