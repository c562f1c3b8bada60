package io.millrace.channel;

import static io.millrace.channel.fixture.Callers.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.channel.Channels.IdempotencyKey;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.handle.Reference;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cleanups from the facade down to the journal, with the channel's real managers. */
class ShardedCleanupsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final OneNode NODE = new OneNode();
    private static final ChannelSystem SYSTEM =
            ChannelSystem.start(NODE.kit.system(), NODE.services.services(), NODE.journal, ManagerStarter::startAll);

    private static int channelsUsed;

    private final ChannelCleanups cleanups = SYSTEM.channels().cleanups();
    private ChannelName channel = ChannelName.DEFAULT;

    @BeforeAll
    static void join() {
        NODE.join();
    }

    @AfterAll
    static void stop() {
        NODE.close();
    }

    @BeforeEach
    void createChannel() throws Exception {
        channel = new ChannelName("cleaned-" + ++channelsUsed);
        await(SYSTEM.channels().put(channel, ChannelSpec.DEFAULT));
    }

    @Test
    void taskIsRegisteredOnceAndTheSameKeyGivesItAgain() throws Exception {
        var key = new IdempotencyKey("key", "hash");

        var first = await(cleanups.register(channel, task("a"), key));
        var second = await(cleanups.register(channel, task("a"), key));

        assertThat(first.replayed()).isFalse();
        assertThat(second.replayed()).isTrue();
        assertThat(second.task().handle()).isEqualTo(first.task().handle());
        assertThat(refusal(cleanups.register(channel, task("a"), null))).isEqualTo(ErrorCode.ALREADY_EXISTS);
    }

    @Test
    @Proves("C-38")
    void taskIsShownByItsNameAndByItsHandle() throws Exception {
        CleanupView registered = registered(task("a", "b"));

        assertThat(await(cleanups.show(channel, named("a")))).isEqualTo(registered);
        assertThat(registered.task().dependsOn()).containsExactly(CleanupReference.parse("b"));
        assertThat(await(cleanups.show(channel, Reference.to(registered.handle()))))
                .isEqualTo(registered);
        assertThat(refusal(cleanups.show(channel, named("b")))).isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void manyTasksAreListedByName() throws Exception {
        for (int i = 0; i < 250; i++) {
            registered(task("t" + i));
        }

        List<CleanupView> listed = await(cleanups.list(channel));

        assertThat(listed)
                .hasSize(250)
                .extracting(view -> view.task().name())
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void executionRunsBehindWhatItDependsOnAndIsRemembered() throws Exception {
        registered(task("a", "b"));
        registered(task("b"));

        CleanupResult result = await(cleanups.execute(channel, named("a"), PATIENCE));

        assertThat(result.status()).as(result.toString()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(result.steps()).extracting(step -> step.name().value()).containsExactly("b", "a");
        assertThat(await(cleanups.show(channel, named("a"))).latest()).isEqualTo(result);
        assertThat(await(cleanups.metrics(channel, named("b"))).executions()).isEqualTo(1);
        assertThat(await(cleanups.metrics(channel))).containsEntry("cleanups.tasks", 2.0);
        assertThat(await(cleanups.history(channel, named("a"))).getLast().what())
                .isEqualTo(CleanupRecord.What.REGISTERED);
        assertThat(await(cleanups.verifyIsolation(channel)).isolated()).isTrue();
    }

    @Test
    void missingDependencyIsReportedAndKeepsTheTaskFromBeingExecuted() throws Exception {
        registered(task("a", "missing"));

        DependencyReport report = await(cleanups.validateDependencies(channel, named("a")));

        assertThat(report.valid()).isFalse();
        assertThat(report.missing())
                .containsExactly(
                        new DependencyReport.Edge(CleanupReference.parse("a"), CleanupReference.parse("missing")));
        assertThat(refusal(cleanups.execute(channel, named("a"), PATIENCE))).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(await(cleanups.show(channel, named("a"))).status()).isEqualTo(CleanupStatus.NOT_STARTED);
    }

    @Test
    void dependencyOnATaskOfAnotherChannelIsLookedUpThere() throws Exception {
        ChannelName other = new ChannelName(channel + "-other");
        await(SYSTEM.channels().put(other, ChannelSpec.DEFAULT));
        await(cleanups.register(other, task("flush"), null));
        registered(task("a", other + "/flush"));

        DependencyReport report = await(cleanups.validateDependencies(channel, named("a")));

        assertThat(report.valid()).as(report.toString()).isTrue();
        assertThat(report.order())
                .containsExactly(CleanupReference.parse(other + "/flush"), CleanupReference.parse("a"));
    }

    @Test
    void whatWasNeverExecutedIsNotTakenBack() throws Exception {
        registered(task("a"));

        RollbackResult result = await(cleanups.rollback(channel, named("a")));

        assertThat(result.rolledBack()).isFalse();
        assertThat(result.reason()).isNotEmpty();
    }

    @Test
    void wholeChannelIsCleanedUp() throws Exception {
        registered(task("a"));

        CleanupResult result = await(cleanups.executeAll(channel, PATIENCE));

        assertThat(result.status()).as(result.toString()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(result.root()).isNull();
    }

    @Test
    void taskIsRemovedOnce() throws Exception {
        CleanupView task = registered(task("a"));

        assertThat(await(cleanups.validate(channel, Reference.to(task.handle())))
                        .passed())
                .isTrue();
        assertThat(await(cleanups.remove(channel, Reference.to(task.handle())))).isTrue();
        assertThat(await(cleanups.remove(channel, named("a")))).isFalse();
    }

    @Test
    void channelThatDoesNotExistIsNotWoken() {
        ChannelName nowhere = new ChannelName("nowhere");

        assertThat(refusal(cleanups.list(nowhere))).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(refusal(cleanups.executeAll(nowhere, PATIENCE))).isEqualTo(ErrorCode.NOT_FOUND);
    }

    private CleanupView registered(CleanupTask task) throws Exception {
        return await(cleanups.register(channel, task, null)).task();
    }

    private static Reference named(String task) {
        return Reference.byId(task);
    }

    private static CleanupTask task(String name, String... dependsOn) {
        return new CleanupTask(
                new CleanupName(name),
                Arrays.stream(dependsOn).map(CleanupReference::parse).toList(),
                null,
                new CleanupAction.Release(ReleaseScope.LOCKS),
                null,
                null,
                true,
                List.of());
    }

    private static ErrorCode refusal(CompletionStage<?> answer) {
        var failure = catchThrowableOfType(ExecutionException.class, () -> await(answer));
        return ((MillraceException) Objects.requireNonNull(failure.getCause()))
                .problem()
                .code();
    }
}
