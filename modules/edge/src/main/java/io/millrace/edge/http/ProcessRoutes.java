package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ProcessJson;
import io.millrace.api.v1.ProcessSpecReader;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.api.v1.SignalReader;
import io.millrace.channel.ChannelProcesses;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessView;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Location;
import org.jspecify.annotations.Nullable;

/**
 * The operations of services and commands (HTTP contract, section 7). A path names a process by its id or by its name.
 *
 * <p>What was asked of a process goes on when the client does not wait for it, or no longer.
 */
final class ProcessRoutes {
    private static final int CREATED = 201;
    private static final String SUBJECT = "process";

    /** Beyond the grace time, for a process that had to be killed to be gone. */
    private static final Duration KILLED_MAX = Duration.ofSeconds(2);

    private final ChannelProcesses processes;

    ProcessRoutes(ChannelProcesses processes) {
        this.processes = processes;
    }

    CompletionStage<HttpResponse> start(Call call) {
        ChannelName channel = call.channel();
        Exchange exchange = call.exchange();
        return Bodies.json(exchange, RequestLimits.BODY_BYTES_MAX).thenCompose(body -> {
            ProcessSpec spec = ProcessSpecReader.read(body);
            return processes
                    .start(channel, spec, IdempotencyKeys.of(exchange, SUBJECT, body))
                    .thenApply(ProcessRoutes::created);
        });
    }

    CompletionStage<HttpResponse> list(Call call) {
        int pageSize = call.query().pageSize();
        int offset = OffsetToken.parse(call.query().pageToken());
        Predicate<ProcessView> filter = ProcessFilters.of(call.query());
        return processes.list(call.channel()).thenApply(all -> {
            List<ProcessView> newestFirst =
                    all.reversed().stream().filter(filter).toList();
            return Replies.json(
                    200,
                    ReplyJson.<ProcessView>page(
                            OffsetToken.page(newestFirst, offset, pageSize), ProcessJson::writeProcess));
        });
    }

    CompletionStage<HttpResponse> get(Call call) {
        return processes.show(call.channel(), call.named()).thenApply(ProcessRoutes::shown);
    }

    CompletionStage<HttpResponse> stop(Call call) {
        ChannelName channel = call.channel();
        String process = call.named();
        Duration given = wait(call, RequestLimits.PROCESS_WAIT_MAX);
        return Bodies.none(call.exchange())
                .thenCompose(_ -> given == null
                        ? processes.show(channel, process).thenApply(ProcessRoutes::untilStopped)
                        : CompletableFuture.completedStage(given))
                .thenCompose(wait -> processes.stop(channel, process, wait))
                .thenApply(stopped -> afterWait(call, given, shown(stopped)));
    }

    CompletionStage<HttpResponse> restart(Call call) {
        ChannelName channel = call.channel();
        String process = call.named();
        Duration given = wait(call, RequestLimits.PROCESS_WAIT_MAX);
        return Bodies.none(call.exchange())
                .thenCompose(_ ->
                        processes.restart(channel, process, given == null ? RequestLimits.PROCESS_WAIT_MAX : given))
                .thenApply(restarted -> afterWait(call, given, shown(restarted)));
    }

    CompletionStage<HttpResponse> signal(Call call) {
        ChannelName channel = call.channel();
        String process = call.named();
        return Bodies.json(call.exchange(), RequestLimits.BODY_BYTES_MAX)
                .thenCompose(body -> processes.signal(channel, process, SignalReader.readRequest(body)))
                .thenApply(ProcessRoutes::shown);
    }

    CompletionStage<HttpResponse> remove(Call call) {
        ChannelName channel = call.channel();
        String process = call.named();
        Duration given = wait(call, RequestLimits.PROCESS_REMOVAL_WAIT_MAX);
        return Bodies.none(call.exchange())
                .thenCompose(_ -> processes.remove(
                        channel, process, given == null ? RequestLimits.PROCESS_REMOVAL_WAIT_MAX : given))
                .thenApply(
                        isGone -> afterWait(call, given, Replies.json(json -> ProcessJson.writeRemoved(json, isGone))));
    }

    CompletionStage<HttpResponse> scripts(Call call) {
        return processes
                .scripts(call.channel(), directory(call.query()))
                .thenApply(scripts -> Replies.json(json -> ProcessJson.writeScripts(json, scripts)));
    }

    CompletionStage<HttpResponse> totals(Call call) {
        return processes
                .metrics(call.channel())
                .thenApply(totals -> Replies.json(json -> ReplyJson.writeTotals(json, totals)));
    }

    private static String directory(Query query) {
        String directory = query.text("directory");
        if (directory == null || directory.isBlank()) {
            throw HttpProblem.malformed("directory", "must be given: where to look for scripts on the channel's node")
                    .asException();
        }
        if (directory.length() > RequestLimits.DIRECTORY_CHARS_MAX || directory.indexOf('\0') >= 0) {
            throw Query.invalid(
                    "directory",
                    "must have at most " + RequestLimits.DIRECTORY_CHARS_MAX + " characters, none of them NUL");
        }
        return directory;
    }

    /** How long the client wants to wait, null if it does not say. The query goes before the header. */
    private static @Nullable Duration wait(Call call, Duration max) {
        return isWaitInQuery(call)
                ? call.query().duration("wait", max, max)
                : Preferences.wait(call.exchange().header("Prefer"), max);
    }

    private static boolean isWaitInQuery(Call call) {
        return call.query().text("wait") != null;
    }

    private static Duration untilStopped(ProcessView process) {
        Duration wait = process.spec().stop().grace().plus(KILLED_MAX);
        return wait.compareTo(RequestLimits.PROCESS_WAIT_MAX) > 0 ? RequestLimits.PROCESS_WAIT_MAX : wait;
    }

    /** Tells a client what was honoured of its {@code Prefer} header. */
    private static HttpResponse afterWait(Call call, @Nullable Duration given, HttpResponse reply) {
        return given == null || isWaitInQuery(call) ? reply : reply.addHeader(Preferences.applied(given));
    }

    private static HttpResponse shown(ProcessView process) {
        return Replies.json(json -> ProcessJson.writeProcess(json, process));
    }

    private static HttpResponse created(ChannelProcesses.Registration registration) {
        ProcessView process = registration.process();
        HttpResponse reply = Replies.json(CREATED, JsonText.bytes(json -> ProcessJson.writeProcess(json, process)))
                .addHeader(Location.create("/v1/channels/" + process.channel() + "/processes/" + process.id()));
        return registration.isReplayed() ? reply.addHeader(IdempotencyKeys.REPLAYED) : reply;
    }
}
