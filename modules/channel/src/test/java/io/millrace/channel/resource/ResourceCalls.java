package io.millrace.channel.resource;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.contracts.Problem;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.Buffer;
import io.millrace.contracts.resource.CleanupCheck;
import io.millrace.contracts.resource.ResourceMetrics;
import io.millrace.contracts.resource.ResourceUsage;
import io.millrace.contracts.resource.ResourceView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;

/** What callers ask of a resource manager. */
final class ResourceCalls {
    static final Owner ANN = Owner.named("ann");

    final ActorRef<ResourceManager.Command> manager;
    private final ActorTestKit kit;

    ResourceCalls(ActorTestKit kit, ActorRef<ResourceManager.Command> manager) {
        this.kit = kit;
        this.manager = manager;
    }

    ManagerReply ask(Function<ActorRef<ManagerReply>, ResourceManager.Request> request) {
        return later(request).receiveMessage(PATIENCE);
    }

    /** Asks, and leaves the answer for later. */
    TestProbe<ManagerReply> later(Function<ActorRef<ManagerReply>, ResourceManager.Request> request) {
        TestProbe<ManagerReply> probe = kit.createTestProbe();
        manager.tell(request.apply(probe.getRef()));
        return probe;
    }

    Problem refusal(Function<ActorRef<ManagerReply>, ResourceManager.Request> request) {
        return refusal(later(request));
    }

    static Problem refusal(TestProbe<ManagerReply> answers) {
        return ((ManagerReply.Refused) answers.receiveMessage(PATIENCE)).problem();
    }

    static ResourceView granted(TestProbe<ManagerReply> answers) {
        return ((ResourceManager.Allocated) answers.receiveMessage(PATIENCE)).resource();
    }

    static AllocationRequest waiting(ResourceType type, long size, Duration timeout) {
        return new AllocationRequest(type, size, timeout, null);
    }

    TestProbe<ManagerReply> allocateLater(AllocationRequest request) {
        return allocateLater(ANN, request);
    }

    TestProbe<ManagerReply> allocateLater(Owner owner, AllocationRequest request) {
        return later(replyTo -> new ResourceManager.Allocate(owner, request, null, null, replyTo));
    }

    ResourceView allocate(ResourceType type, long size) {
        return granted(allocateLater(AllocationRequest.of(type, size)));
    }

    /** A buffer as a handler gets it. */
    Buffer allocateBuffer(AttemptId attempt, long size) {
        var probe = kit.<ResourceManager.BufferAnswer>createTestProbe();
        manager.tell(new ResourceManager.AllocateBuffer(
                attempt, AllocationRequest.of(ResourceType.BUFFER, size), probe.getRef()));
        return ((ResourceManager.BufferGranted) probe.receiveMessage(PATIENCE)).buffer();
    }

    Problem refusalOf(AllocationRequest request) {
        return refusal(allocateLater(request));
    }

    boolean release(Handle resource) {
        return release(Reference.to(resource));
    }

    boolean release(Reference resource) {
        var released = ask(replyTo -> new ResourceManager.Release(resource, replyTo));
        return ((ResourceManager.Released) released).wasHeld();
    }

    TestProbe<ResourceManager.AllReleased> releaseAll(AttemptId attempt) {
        var probe = kit.<ResourceManager.AllReleased>createTestProbe();
        manager.tell(new ResourceManager.ReleaseAll(attempt, probe.getRef()));
        return probe;
    }

    ResourceView show(Handle resource) {
        var shown = ask(replyTo -> new ResourceManager.Show(Reference.to(resource), replyTo));
        return ((ResourceManager.Shown) shown).resource();
    }

    /** All of them, however many messages that takes. */
    List<ResourceView> list() {
        List<ResourceView> all = new ArrayList<>();
        boolean isLast;
        do {
            var listed =
                    (ResourceManager.Listed) ask(replyTo -> new ResourceManager.ListResources(all.size(), replyTo));
            all.addAll(listed.resources());
            isLast = listed.isLast();
        } while (!isLast);
        return all;
    }

    ResourceUsage usage(Handle resource) {
        var used = ask(replyTo -> new ResourceManager.ShowUsage(Reference.to(resource), replyTo));
        return ((ResourceManager.Used) used).usage();
    }

    CleanupCheck cleanup(Handle resource) {
        var verified = ask(replyTo -> new ResourceManager.VerifyCleanup(Reference.to(resource), replyTo));
        return ((ResourceManager.CleanupVerified) verified).check();
    }

    ValidationReport validate(Handle resource) {
        var validated = ask(replyTo -> new ResourceManager.Validate(Reference.to(resource), replyTo));
        return ((ResourceManager.Validated) validated).report();
    }

    IsolationReport isolation() {
        return ((ResourceManager.IsolationVerified) ask(ResourceManager.VerifyIsolation::new)).report();
    }

    List<ResourceMetrics> metrics() {
        return ((ResourceManager.Metered) ask(ResourceManager.ShowMetrics::new)).metrics();
    }

    ResourceMetrics.Totals metrics(ResourceType type) {
        return metrics().stream()
                .filter(metrics -> metrics.type() == type)
                .findFirst()
                .orElseThrow()
                .totals();
    }

    ManagerReply write(Handle buffer, int offset, byte[] part, boolean isLast) {
        return ask(replyTo -> new ResourceManager.Write(Reference.to(buffer), offset, part, isLast, replyTo));
    }

    ManagerReply read(Handle buffer, int offset) {
        return ask(replyTo -> new ResourceManager.Read(Reference.to(buffer), offset, replyTo));
    }
}
