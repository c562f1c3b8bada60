package io.millrace.channel.thread;

import static io.millrace.channel.fixture.ChannelManagers.handler;
import static io.millrace.channel.fixture.ChannelManagers.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.InMemoryLogArchive;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.thread.ThreadPriority;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.host.system.CpuAffinity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processors of threads and processes, as the kernel has them. */
class ThreadAffinityTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final int MISSING = CpuAffinity.PROCESSORS_MAX - 1;

    @TempDir
    Path directory;

    private final List<ChannelManagers> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(ChannelManagers::close);
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    @Proves("T-27")
    void channelsWithDifferentProcessorsKeepToThemAndShareNoThread() throws IOException {
        // given
        List<Integer> all = CpuAffinity.ofCallingThread();
        assumeTrue(all.size() >= 2, "needs two processors");
        Set<String> names = ConcurrentHashMap.newKeySet();
        JobHandler where = TestHandler.named("where", _ -> {
            names.add(Thread.currentThread().getName());
            return CpuAffinity.ofCallingThread();
        });
        var one = with(List.of(all.getFirst()), where);
        var other = with(List.of(all.getLast()), where);

        for (int i = 0; i < 10; i++) {
            // when, then
            assertThat(one.runToEnd(handler("where")).resultJson()).isEqualTo("[" + all.getFirst() + "]");
            assertThat(other.runToEnd(handler("where")).resultJson()).isEqualTo("[" + all.getLast() + "]");
        }
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "millrace-" + one.channel + "-worker-1", "millrace-" + other.channel + "-worker-1");
    }

    @Test
    @Proves("T-27")
    void aProcessInheritsTheProcessorsOfItsChannelAndTheNextOneDoesNot() throws IOException {
        // given
        List<Integer> all = CpuAffinity.ofCallingThread();
        assumeTrue(all.size() >= 2, "needs two processors");
        var bound = with(List.of(all.getLast()));
        var free = with(List.of());
        var show = shell("grep Cpus_allowed_list /proc/self/status");

        for (int i = 0; i < 4; i++) {
            // when
            var boundAttempt = bound.run(show);
            bound.outcome(boundAttempt);
            var freeAttempt = free.run(show);
            free.outcome(freeAttempt);

            // then
            assertThat(bound.text(boundAttempt)).containsExactly("Cpus_allowed_list:\t" + all.getLast());
            assertThat(free.text(freeAttempt)).containsExactly("Cpus_allowed_list:\t" + range(all));
        }
    }

    @Test
    void aThreadsOwnProcessorsGoBeforeThoseOfItsChannelAndLastOnlyAsLongAsItRuns() throws IOException {
        // given
        List<Integer> all = CpuAffinity.ofCallingThread();
        assumeTrue(all.size() >= 2, "needs two processors");
        var managers = with(List.of(), TestHandler.named("where", _ -> CpuAffinity.ofCallingThread()));
        var calls = new ThreadCalls(KIT, managers.threads);

        // when
        var own = calls.end(
                calls.create(new ThreadSpec("where", null, ThreadPriority.PROCESSING, null, List.of(all.getLast()))));
        var next = calls.end(calls.create("where"));

        // then
        assertThat(own.affinity()).containsExactly(all.getLast());
        assertThat(own.resultJson()).isEqualTo("[" + all.getLast() + "]");
        assertThat(next.name()).isEqualTo(own.name());
        assertThat(next.affinity()).isEmpty();
        assertThat(next.resultJson()).isEqualTo(all.toString().replace(" ", ""));
    }

    @Test
    void processorsThatAreNotThereAreAConditionAndTheWorkRunsAnywhere() throws IOException {
        // given
        List<Integer> all = CpuAffinity.ofCallingThread();
        assumeTrue(!all.contains(MISSING), "has more processors than any machine of today");
        var managers = with(List.of(MISSING), TestHandler.named("where", _ -> CpuAffinity.ofCallingThread()));
        var calls = new ThreadCalls(KIT, managers.threads);

        // when
        var raised = managers.report(ChannelReport.ConditionRaised.class).condition();
        var outcome = managers.runToEnd(handler("where"));
        var own = calls.end(
                calls.create(new ThreadSpec("where", null, ThreadPriority.PROCESSING, null, List.of(MISSING))));

        // then
        assertThat(raised.type()).isEqualTo("AffinityNotApplied");
        assertThat(raised.message()).contains(Integer.toString(MISSING)).contains(all.toString());
        assertThat(outcome.resultJson()).isEqualTo(all.toString().replace(" ", ""));
        assertThat(own.conditions()).extracting("type").containsExactly("AffinityNotApplied");
        assertThat(own.outcome()).isEqualTo("SUCCEEDED");

        // when the specification asks for what is there
        managers.threads.tell(new ThreadManager.Configure(TestSpecs.with(new ChannelSpec.Threads(20, all))));

        // then
        assertThat(managers.report(ChannelReport.ConditionCleared.class).type()).isEqualTo("AffinityNotApplied");
    }

    /** As the kernel writes a list without gaps. */
    private static String range(List<Integer> processors) {
        return processors.getFirst() + "-" + processors.getLast();
    }

    private ChannelManagers with(List<Integer> affinity, JobHandler... handlers) {
        var managers = new ChannelManagers(
                KIT,
                directory.resolve("data-" + started.size()),
                TestSpecs.with(new ChannelSpec.Threads(20, affinity)),
                new InMemoryLogArchive(),
                HandlerPermits.forProcessors(8),
                List.of(handlers));
        started.add(managers);
        return managers;
    }
}
