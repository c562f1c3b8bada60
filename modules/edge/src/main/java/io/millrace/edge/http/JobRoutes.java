package io.millrace.edge.http;

import io.millrace.api.v1.JobSpecReader;
import io.millrace.api.v1.JsonText;
import io.millrace.api.v1.ReplyJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.channel.Channels;
import io.millrace.channel.Channels.IdempotencyKey;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Page;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.Location;
import org.jspecify.annotations.Nullable;

/** The operations of jobs (HTTP contract, section 3). */
final class JobRoutes {
    private static final int CREATED = 201;

    private final Channels channels;

    JobRoutes(Channels channels) {
        this.channels = channels;
    }

    CompletionStage<HttpResponse> submit(Call call) {
        ChannelName channel = call.channel();
        Exchange exchange = call.exchange();
        Duration wait = Preferences.wait(exchange.header("Prefer"), RequestLimits.JOB_WAIT_MAX);
        return Bodies.json(exchange, RequestLimits.BODY_BYTES_MAX).thenCompose(body -> {
            JobSpec spec = JobSpecReader.readJob(body).withTraceparent(traceparent(exchange));
            IdempotencyKey key = IdempotencyKeys.of(exchange, "job", body);
            CompletionStage<HttpResponse> reply = channels.submit(channel, spec, key)
                    .thenCompose(submission -> afterWait(channel, submission.job(), wait)
                            .thenApply(job -> created(job, spec, submission.replayed())));
            return wait == null ? reply : reply.thenApply(response -> response.addHeader(Preferences.applied(wait)));
        });
    }

    CompletionStage<HttpResponse> submitAll(Call call) {
        ChannelName channel = call.channel();
        Exchange exchange = call.exchange();
        return Bodies.jsonOrLines(exchange, RequestLimits.BATCH_BODY_BYTES_MAX).thenCompose(body -> {
            List<JobSpec> specs = inTrace(
                    traceparent(exchange),
                    Bodies.isLines(exchange) ? JobSpecReader.readLines(body) : JobSpecReader.readBatch(body));
            IdempotencyKey key = IdempotencyKeys.of(exchange, "batch", body);
            return channels.submitAll(channel, specs, key).thenApply(batch -> {
                HttpResponse reply = Replies.json(
                        CREATED,
                        ReplyJson.list(
                                batch.jobs(),
                                (json, job) -> ReplyJson.writeAccepted(json, job.id(), job.state(), job.createdAt())));
                return batch.replayed() ? reply.addHeader(IdempotencyKeys.REPLAYED) : reply;
            });
        });
    }

    CompletionStage<HttpResponse> list(Call call) {
        return channels.jobs(JobFilters.query(call.channel(), call.query())).thenApply(JobRoutes::shown);
    }

    CompletionStage<HttpResponse> listAll(Call call) {
        return channels.jobs(JobFilters.query(null, call.query())).thenApply(JobRoutes::shown);
    }

    CompletionStage<HttpResponse> get(Call call) {
        return channels.job(call.channel(), call.job()).thenApply(JobRoutes::shown);
    }

    CompletionStage<HttpResponse> cancel(Call call) {
        ChannelName channel = call.channel();
        JobId job = call.job();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> channels.cancel(channel, job))
                .thenApply(JobRoutes::shown);
    }

    CompletionStage<HttpResponse> retry(Call call) {
        ChannelName channel = call.channel();
        JobId job = call.job();
        return Bodies.none(call.exchange())
                .thenCompose(_ -> channels.retry(channel, job))
                .thenApply(JobRoutes::shown);
    }

    CompletionStage<HttpResponse> await(Call call) {
        ChannelName channel = call.channel();
        JobId job = call.job();
        Duration timeout = call.query().duration("timeout", RequestLimits.JOB_WAIT_MAX, RequestLimits.JOB_WAIT_DEFAULT);
        return Bodies.none(call.exchange())
                .thenCompose(_ -> channels.awaitEnd(channel, job, timeout))
                .thenApply(JobRoutes::shown);
    }

    CompletionStage<HttpResponse> attempts(Call call) {
        return channels.attempts(call.channel(), call.job())
                .thenApply(attempts -> Replies.json(200, ReplyJson.list(attempts, ReplyJson::writeAttempt)));
    }

    CompletionStage<HttpResponse> result(Call call) {
        return channels.job(call.channel(), call.job()).thenApply(job -> {
            if (!job.state().isTerminal()) {
                throw Problem.of(
                                ErrorCode.INVALID_STATE,
                                "HttpApi",
                                "The job has no result yet: it is " + job.state() + ". Wait for it with POST "
                                        + path(job) + ":wait.",
                                Map.of("state", job.state().name()))
                        .asException();
            }
            return Replies.json(200, ReplyJson.result(job));
        });
    }

    /** The job as it is after the wait that was asked for. The job is accepted: a wait that fails must not hide that. */
    private CompletionStage<JobView> afterWait(ChannelName channel, JobView job, @Nullable Duration wait) {
        if (wait == null || job.state().isTerminal()) {
            return CompletableFuture.completedFuture(job);
        }
        return channels.awaitEnd(channel, job.id(), wait).exceptionally(_ -> job);
    }

    private static @Nullable String traceparent(Exchange exchange) {
        return TraceContext.parent(exchange.header("traceparent"));
    }

    private static List<JobSpec> inTrace(@Nullable String traceparent, List<JobSpec> specs) {
        return traceparent == null
                ? specs
                : specs.stream().map(spec -> spec.withTraceparent(traceparent)).toList();
    }

    private static HttpResponse created(JobView job, JobSpec spec, boolean isReplayed) {
        HttpResponse reply = Replies.json(CREATED, JsonText.bytes(json -> ReplyJson.writeJob(json, job, spec)))
                .addHeader(Location.create(path(job)));
        return isReplayed ? reply.addHeader(IdempotencyKeys.REPLAYED) : reply;
    }

    private static HttpResponse shown(JobView job) {
        return Replies.json(json -> ReplyJson.writeJob(json, job));
    }

    private static HttpResponse shown(Page<JobView> page) {
        return Replies.json(200, ReplyJson.page(page, ReplyJson::writeJob));
    }

    private static String path(JobView job) {
        return "/v1/channels/" + job.channel() + "/jobs/" + job.id();
    }
}
