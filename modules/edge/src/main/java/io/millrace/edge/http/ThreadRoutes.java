package io.millrace.edge.http;

import io.millrace.api.v1.DurationText;
import io.millrace.api.v1.HandleField;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.api.v1.ThreadJson;
import io.millrace.api.v1.ThreadSpecReader;
import io.millrace.channel.ChannelThreads;
import io.millrace.channel.Channels;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.SecurityBoundary;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Location;

/** The operations of threads (HTTP contract, section 4). A path names a thread by its identifier or by its handle. */
final class ThreadRoutes {
    private static final int CREATED = 201;
    private static final int SHOWN_CHARS_MAX = 80;

    private final Channels channels;
    private final ChannelThreads threads;

    ThreadRoutes(Channels channels) {
        this.channels = channels;
        this.threads = channels.threads();
    }

    CompletionStage<HttpResponse> create(Call call) {
        ChannelName channel = call.channel();
        Exchange exchange = call.exchange();
        return Bodies.json(exchange, RequestLimits.BODY_BYTES_MAX).thenCompose(body -> {
            ThreadSpec thread = ThreadSpecReader.read(body);
            return threads.create(channel, thread, IdempotencyKeys.of(exchange, "thread", body))
                    .thenApply(ThreadRoutes::created);
        });
    }

    CompletionStage<HttpResponse> list(Call call) {
        int pageSize = call.query().pageSize();
        int offset = OffsetToken.parse(call.query().pageToken());
        return threads.list(call.channel())
                .thenApply(all -> Replies.json(
                        200,
                        ReplyJson.<ThreadView>page(OffsetToken.page(all, offset, pageSize), ThreadJson::writeThread)));
    }

    CompletionStage<HttpResponse> get(Call call) {
        return threads.show(call.channel(), reference(call))
                .thenApply(thread -> Replies.json(json -> ThreadJson.writeThread(json, thread)));
    }

    CompletionStage<HttpResponse> terminate(Call call) {
        ChannelName channel = call.channel();
        Reference thread = reference(call);
        Duration grace = grace(call.query());
        return Bodies.none(call.exchange())
                .thenCompose(_ -> threads.terminate(channel, thread, grace))
                .thenApply(end -> Replies.json(json -> ThreadJson.writeTermination(json, end)));
    }

    CompletionStage<HttpResponse> metrics(Call call) {
        return threads.metrics(call.channel(), reference(call))
                .thenApply(metrics -> Replies.json(json -> ThreadJson.writeMetrics(json, metrics)));
    }

    CompletionStage<HttpResponse> totals(Call call) {
        return threads.totals(call.channel())
                .thenApply(totals -> Replies.json(json -> ThreadJson.writeTotals(json, totals)));
    }

    CompletionStage<HttpResponse> verifyIsolation(Call call) {
        ChannelName channel = call.channel();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> threads.verifyIsolation(channel))
                .thenApply(report -> Replies.json(json -> ThreadJson.writeIsolation(json, report)));
    }

    CompletionStage<HttpResponse> validate(Call call) {
        ChannelName channel = call.channel();
        return Bodies.json(call.exchange(), RequestLimits.BODY_BYTES_MAX)
                .thenCompose(body -> {
                    String presented = ThreadSpecReader.readValidation(body);
                    return presented == null
                            ? validatePath(channel, call.thread())
                            : validatePresented(channel, reference(call).id(), presented);
                })
                .thenApply(report -> Replies.json(json -> ThreadJson.writeValidation(json, report)));
    }

    /** What is checked is what the path says: the handle, or the thread of that identifier. */
    private CompletionStage<ValidationReport> validatePath(ChannelName channel, String thread) {
        if (!HandleText.isClaimed(thread)) {
            return threads.validate(channel, Reference.byId(thread));
        }
        Optional<Handle> handle = HandleText.parse(thread);
        return handle.isPresent()
                ? threads.validate(channel, Reference.to(handle.get()))
                : channels.channel(channel).thenApply(_ -> unreadable(shown(thread), List.of()));
    }

    /** What is checked is a handle that is said to be of the thread in the path. */
    private CompletionStage<ValidationReport> validatePresented(ChannelName channel, String thread, String presented) {
        Optional<Handle> handle = HandleText.parse(presented);
        if (handle.isEmpty()) {
            return threads.validate(channel, Reference.byId(thread))
                    .thenApply(report -> unreadable(report.subject(), report.violations()));
        }
        return threads.validate(channel, new Reference(thread, handle.get()))
                .thenApply(report -> requireSame(report, thread, handle.get()));
    }

    /** Nothing is wrong with a handle of another thread, except that it was asked about with this one. */
    private static ValidationReport requireSame(ValidationReport report, String thread, Handle handle) {
        if (report.passed() && !handle.id().equals(thread)) {
            throw Query.invalid("handle", "names thread '" + shown(handle.id()) + "', and the path another one");
        }
        return report;
    }

    private static ValidationReport unreadable(String subject, List<BoundaryViolation> others) {
        List<BoundaryViolation> violations = new ArrayList<>();
        violations.add(new BoundaryViolation(
                SecurityBoundary.AUTHENTICITY,
                BoundaryViolation.Severity.CRITICAL,
                "The text is not that of a handle: no channel of this cluster gave it out."));
        violations.addAll(others);
        return new ValidationReport(subject, Instant.now(), violations);
    }

    private static Reference reference(Call call) {
        String thread = call.thread();
        return HandleText.isClaimed(thread)
                ? Reference.to(HandleField.parse("thread", thread))
                : Reference.byId(thread);
    }

    /** A longer grace is refused rather than cut: who asks for one relies on it. */
    private static Duration grace(Query query) {
        Duration grace = query.duration("grace", RequestLimits.DURATION_MAX, RequestLimits.TERMINATION_GRACE_DEFAULT);
        if (grace.compareTo(RequestLimits.TERMINATION_GRACE_MAX) > 0) {
            throw Query.invalid("grace", "must be at most " + DurationText.format(RequestLimits.TERMINATION_GRACE_MAX));
        }
        return grace;
    }

    private static HttpResponse created(ChannelThreads.CreatedThread created) {
        Handle handle = created.thread().handle();
        HttpResponse reply = Replies.json(
                        CREATED, JsonText.bytes(json -> ThreadJson.writeThread(json, created.thread())))
                .addHeader(Location.create("/v1/channels/" + handle.channel() + "/threads/" + handle.id()));
        return created.replayed() ? reply.addHeader(IdempotencyKeys.REPLAYED) : reply;
    }

    private static String shown(String text) {
        return text.length() <= SHOWN_CHARS_MAX ? text : text.substring(0, SHOWN_CHARS_MAX) + "…";
    }
}
