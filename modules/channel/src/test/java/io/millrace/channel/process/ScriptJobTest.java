package io.millrace.channel.process;

import static io.millrace.channel.fixture.ChannelManagers.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that run a script of a directory, with real processes and a package manager that only says what it was told. */
class ScriptJobTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    @TempDir
    Path directory;

    private Path project;
    private Path programs;
    private ChannelManagers managers;

    @BeforeEach
    void start() throws IOException {
        project = Files.createDirectory(directory.resolve("project"));
        programs = Files.createDirectory(directory.resolve("programs"));
        Files.writeString(
                project.resolve("package.json"), "{\"scripts\":{\"build\":\"vite build\",\"test\":\"vitest\"}}");
        Path npm = Files.writeString(programs.resolve("npm"), "#!/bin/sh\necho \"$@ in $PWD for $TEAM\"\n");
        Files.setPosixFilePermissions(npm, PosixFilePermissions.fromString("rwx------"));
        managers = ChannelManagers.with(KIT, directory.resolve("data"));
    }

    @AfterEach
    void stop() {
        managers.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    void scriptRunsInItsDirectoryWithTheVariablesOfTheJob() {
        // when
        var attempt = managers.run(script("build"));

        // then
        assertThat(managers.outcome(attempt)).isEqualTo(AttemptOutcome.succeeded(0, null));
        assertThat(managers.text(attempt)).containsExactly("run build in " + project + " for core");
    }

    @Test
    void scriptThatIsNotThereFailsTheAttemptForGoodAndTheNearOneIsNamed() {
        // when
        var outcome = managers.runToEnd(script("biuld"));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED_FOR_GOOD);
        assertThat(problem(outcome).code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(problem(outcome).detail()).contains("'biuld'", project.toString(), "build");
    }

    @Test
    void directoryThatIsNotThereFailsTheAttemptForGood() {
        // when
        var outcome = managers.runToEnd(job(new Work.Process(
                List.of(), Map.of(), "", null, new Work.Script("build", project + "/no"), false, false)));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED_FOR_GOOD);
        assertThat(problem(outcome).code()).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void scriptIsTheOneThatIsThereWhenTheAttemptStarts() throws IOException {
        // given
        assertThat(managers.runToEnd(script("lint")).kind()).isEqualTo(Kind.FAILED_FOR_GOOD);

        // when
        Files.writeString(project.resolve("package.json"), "{\"scripts\":{\"lint\":\"eslint\"}}");

        // then
        assertThat(managers.runToEnd(script("lint"))).isEqualTo(AttemptOutcome.succeeded(0, null));
    }

    private JobSpec script(String name) {
        return job(new Work.Process(
                List.of(),
                Map.of("PATH", programs + ":/usr/bin:/bin", "TEAM", "core"),
                "",
                null,
                new Work.Script(name, project.toString()),
                false,
                false));
    }

    private static Problem problem(AttemptOutcome outcome) {
        return Objects.requireNonNull(outcome.error());
    }
}
