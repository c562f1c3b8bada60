package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Asks a thread manager as the channel does for callers from outside, and waits for the answers. */
final class ThreadCalls {
    private final ActorTestKit kit;
    private final ActorRef<ThreadManager.Command> manager;

    ThreadCalls(ActorTestKit kit, ActorRef<ThreadManager.Command> manager) {
        this.kit = kit;
        this.manager = manager;
    }

    ManagerReply ask(Function<ActorRef<ManagerReply>, ThreadManager.Request> request) {
        return later(request).receiveMessage(ChannelManagers.PATIENCE);
    }

    /** Asks, and leaves the answer for later. */
    TestProbe<ManagerReply> later(Function<ActorRef<ManagerReply>, ThreadManager.Request> request) {
        TestProbe<ManagerReply> probe = kit.createTestProbe();
        manager.tell(request.apply(probe.getRef()));
        return probe;
    }

    Problem refusal(Function<ActorRef<ManagerReply>, ThreadManager.Request> request) {
        return ((ManagerReply.Refused) ask(request)).problem();
    }

    Problem refusalOf(ThreadSpec spec) {
        return refusal(replyTo -> new ThreadManager.Create(spec, null, null, null, replyTo));
    }

    ThreadView create(String handler) {
        return create(ThreadSpec.of(handler, null));
    }

    ThreadView create(ThreadSpec spec) {
        return create(spec, null, null);
    }

    ThreadView create(ThreadSpec spec, @Nullable String key, @Nullable String bodyHash) {
        return ((ThreadManager.Created) ask(replyTo -> new ThreadManager.Create(spec, null, key, bodyHash, replyTo)))
                .thread();
    }

    ThreadView show(ThreadView thread) {
        return show(Reference.to(thread.handle()));
    }

    ThreadView show(Reference thread) {
        return ((ThreadManager.Shown) ask(replyTo -> new ThreadManager.Show(thread, replyTo))).thread();
    }

    ThreadView end(ThreadView thread) {
        return ((ThreadManager.Shown) ask(replyTo -> new ThreadManager.AwaitEnd(
                        Reference.to(thread.handle()), ChannelManagers.PATIENCE.toMillis(), replyTo)))
                .thread();
    }

    List<ThreadView> list() {
        return ((ThreadManager.Listed) ask(ThreadManager.ListThreads::new)).threads();
    }

    Termination terminate(Handle thread, Duration grace) {
        return ((ThreadManager.TerminationEnded)
                        ask(replyTo -> new ThreadManager.Terminate(Reference.to(thread), grace.toMillis(), replyTo)))
                .termination();
    }

    ThreadMetrics metrics(Reference thread) {
        return ((ThreadManager.Measured) ask(replyTo -> new ThreadManager.Measure(thread, replyTo))).metrics();
    }

    IsolationReport isolation() {
        return ((ThreadManager.IsolationVerified) ask(ThreadManager.VerifyIsolation::new)).report();
    }

    Map<String, Double> totals() {
        return ((ThreadManager.Totals) ask(ThreadManager.ShowTotals::new)).values();
    }

    /** How users name the thread of an attempt. */
    static Reference threadOf(AttemptId attempt) {
        return Reference.byId(attempt.toString());
    }
}
