package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.ChannelManagers.handler;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.IsolationReport.Breach;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.lock.LockName;
import io.millrace.domain.Limits;
import io.millrace.domain.lock.HeldLease;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.ActorPath;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a channel believes to have, against what is there. */
class ThreadIsolationTest {
    private final ActorTestKit kit = ActorTestKit.create(ManualTime.config());
    private final ManualTime time = ManualTime.get(kit.system());

    @TempDir
    Path directory;

    private @Nullable ChannelManagers started;

    @AfterEach
    void stop() {
        if (started != null) {
            started.close();
        }
        kit.shutdownTestKit();
    }

    @Test
    @Proves("T-06")
    void aFullChannelIsIsolated() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var calls = new ThreadCalls(kit, managers.threads);
        for (int i = 0; i < 10; i++) {
            calls.create("gate");
            managers.run(handler("gate"));
        }
        for (int i = 0; i < 20; i++) {
            gate.awaitEntered();
        }

        // when
        var report = calls.isolation();

        // then 20 threads, their runs, and their mailboxes were looked at
        assertThat(report.isolated()).isTrue();
        assertThat(report.itemsChecked()).isEqualTo(60);
        gate.open();
    }

    @Test
    @Proves({"T-06", "T-42"})
    void aPlantedWorkerIsFoundNamedAndStoppedAndTheChannelSaysSoUntilItIsGone() throws InterruptedException {
        // given a channel in which workers run, and one more that no slot has made
        var gate = new TestHandler.Gate("gate");
        var group = new AtomicReference<@Nullable ThreadGroup>();
        var managers = with(gate, TestHandler.named("group", _ -> {
            group.set(Thread.currentThread().getThreadGroup());
            return null;
        }));
        var calls = new ThreadCalls(kit, managers.threads);
        calls.end(calls.create("group"));
        calls.create("gate");
        gate.awaitEntered();
        String name = "millrace-" + managers.channel + "-worker-99";
        var interrupted = new CountDownLatch(1);
        var planted = startUntilInterrupted(Objects.requireNonNull(group.get()), name, interrupted);

        // when
        var report = calls.isolation();

        // then
        assertThat(report.violations()).extracting(Breach::subject).containsExactly(name);
        assertThat(report.violations()).extracting(Breach::kind).containsExactly("thread");
        var incident = managers.report(ChannelReport.IncidentSeen.class).report();
        assertThat(incident.kind()).isEqualTo(IncidentKind.ISOLATION_BREACHED);
        assertThat(incident.detail()).contains(name);
        var raised = managers.report(ChannelReport.ConditionRaised.class).condition();
        assertThat(raised.type()).isEqualTo("IsolationBreached");
        assertThat(raised.message()).contains(name);
        interrupted.await();
        planted.join();

        // when it is gone and a periodic check comes round
        time.timePasses(Limits.ISOLATION_CHECK_INTERVAL);

        // then
        assertThat(managers.report(ChannelReport.IncidentSubsided.class).subject())
                .isEqualTo("threads");
        assertThat(managers.report(ChannelReport.ConditionCleared.class).type()).isEqualTo("IsolationBreached");
        assertThat(calls.totals()).containsEntry("isolation.breaches", 1.0);
        gate.open();
    }

    @Test
    @Proves("T-42")
    void aStrangerIsFoundWhateverItsNameIfNoHandlerCanHaveMadeIt() throws InterruptedException {
        // given
        var group = new AtomicReference<@Nullable ThreadGroup>();
        var managers = with(TestHandler.named("group", _ -> {
            group.set(Thread.currentThread().getThreadGroup());
            return null;
        }));
        var calls = new ThreadCalls(kit, managers.threads);
        calls.end(calls.create("group"));
        calls.isolation();
        calls.isolation();
        var interrupted = new CountDownLatch(1);
        startUntilInterrupted(Objects.requireNonNull(group.get()), "stranger", interrupted);

        // when
        var report = calls.isolation();

        // then
        assertThat(report.violations()).extracting(Breach::subject).containsExactly("stranger");
        interrupted.await();
    }

    @Test
    void threadsThatAHandlerMakesAreItsOwnEvenIfTheyOutliveIt() throws InterruptedException {
        // given a handler whose library keeps a thread
        var interrupted = new CountDownLatch(1);
        var library = new AtomicReference<@Nullable Thread>();
        var managers = with(TestHandler.named("uses", _ -> {
            library.set(startUntilInterrupted(
                    Objects.requireNonNull(Thread.currentThread().getThreadGroup()), "library", interrupted));
            return null;
        }));
        var calls = new ThreadCalls(kit, managers.threads);
        calls.end(calls.create("uses"));

        // when
        var reports = List.of(calls.isolation(), calls.isolation(), calls.isolation());

        // then
        assertThat(reports).allMatch(IsolationReport::isolated);
        assertThat(interrupted.getCount()).isEqualTo(1);
        Objects.requireNonNull(library.get()).interrupt();
    }

    @Test
    @Proves("T-34")
    void aChannelWhoseThreadsAreUsedChecksItselfPeriodically() throws InterruptedException {
        // given
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var calls = new ThreadCalls(kit, managers.threads);
        calls.create("gate");
        gate.awaitEntered();
        assertThat(calls.totals()).containsEntry("isolation.checks", 0.0);

        // when
        time.timePasses(Limits.ISOLATION_CHECK_INTERVAL);
        time.timePasses(Limits.ISOLATION_CHECK_INTERVAL);

        // then
        managers.reports.awaitAssert(
                PATIENCE,
                () -> assertThat(calls.totals())
                        .containsEntry("isolation.checks", 2.0)
                        .containsEntry("isolation.breaches", 0.0));
        gate.open();
    }

    @Test
    @Proves("T-06")
    void aWorkerWhoseMailboxLiesOutsideOfTheManagerIsNamed() {
        // given books that name a worker of somebody else
        var managers = with();
        var check = new IsolationCheck(managers.channel);
        var threads = new HandlerThreads(managers.channel, new Instruments());
        ActorPath manager = managers.threads.path();
        ActorPath foreign = managers.logs.path();

        // when
        var report = check.check(
                new IsolationCheck.Books(Set.of(), List.of(manager.child("worker-1"), foreign), manager),
                threads,
                new IsolationCheck.Leases(List.of(), Set.of(), 1));

        // then
        assertThat(report.violations())
                .extracting(Breach::kind, Breach::subject)
                .containsExactly(tuple("mailbox", foreign.toString()));
    }

    @Test
    @Proves("T-06")
    void aLeaseWhoseOwnerDoesNotRunHereIsNamed() throws InterruptedException {
        // given a thread that holds a lease, and leases of an attempt that is gone, of a caller, and of an earlier life
        var gate = new TestHandler.Gate("gate");
        var managers = with(gate);
        var calls = new ThreadCalls(kit, managers.threads);
        var thread = calls.create("gate");
        var running = JobId.parse(thread.handle().id());
        managers.leases.add(lease("held", new Owner("thread", running, 0), 1));
        managers.leases.add(lease("orphan", new Owner("job", TestJobs.id(5), 5), 1));
        managers.leases.add(lease("named", Owner.named("me"), 1));
        managers.leases.add(lease("earlier", new Owner("job", TestJobs.id(6), 6), 0));

        // when
        var report = calls.isolation();

        // then
        assertThat(report.violations())
                .extracting(Breach::kind, Breach::subject)
                .containsExactly(tuple("lease", "orphan"));
        assertThat(calls.metrics(Reference.to(thread.handle())).leasesHeld()).isEqualTo(1);
        gate.open();
    }

    private static HeldLease lease(String lock, Owner owner, long incarnation) {
        return new HeldLease(new LockName(lock), owner, 1, null, 30_000, 0, incarnation, "node-1", null);
    }

    private static Thread startUntilInterrupted(ThreadGroup group, String name, CountDownLatch interrupted) {
        var thread = new Thread(
                group,
                () -> {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private ChannelManagers with(JobHandler... handlers) {
        var managers = ChannelManagers.with(kit, directory, handlers);
        started = managers;
        return managers;
    }
}
