package io.millrace.edge.http;

import static java.util.concurrent.CompletableFuture.completedFuture;

import io.millrace.api.v1.OpenApi;
import io.millrace.api.v1.Operation;
import io.millrace.api.v1.UnofferedOperation;
import io.millrace.channel.Channels;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** Answers the requests of the HTTP contract: finds the operation, hands it to its routes, counts the outcome. */
public final class ApiHandler implements RequestHandler {
    private static final byte[] OPEN_API = OpenApi.document();

    /** What a path stands for: an operation, or one that is not offered yet. */
    private sealed interface Target {}

    private record Offered(Operation operation) implements Target {}

    private record Unoffered(UnofferedOperation operation) implements Target {}

    private final Router<Target> router = new Router<>();
    private final ChannelRoutes channels;
    private final JobRoutes jobs;
    private final LogRoutes logs;
    private final EventRoutes events;
    private final ThreadRoutes threads;
    private final LockRoutes locks;
    private final ResourceRoutes resources;
    private final CleanupRoutes cleanups;
    private final ProcessRoutes processes;
    private final HttpMetrics metrics;

    public ApiHandler(ActorSystem<?> system, HttpSettings settings, Channels channels, HttpMetrics metrics) {
        this.channels = new ChannelRoutes(channels);
        this.jobs = new JobRoutes(channels);
        this.logs = new LogRoutes(system, settings, channels);
        this.events = new EventRoutes(system, settings, channels);
        this.threads = new ThreadRoutes(channels);
        this.locks = new LockRoutes(channels.locks());
        this.resources = new ResourceRoutes(channels);
        this.cleanups = new CleanupRoutes(channels);
        this.processes = new ProcessRoutes(channels.processes());
        this.metrics = metrics;
        for (Operation operation : Operation.values()) {
            router.add(operation.method().name(), operation.path(), new Offered(operation));
        }
        for (UnofferedOperation operation : UnofferedOperation.values()) {
            router.add(operation.method().name(), operation.path(), new Unoffered(operation));
        }
    }

    @Override
    public CompletionStage<HttpResponse> handle(Exchange exchange) {
        long startNanos = System.nanoTime();
        return switch (router.find(exchange.method(), exchange.segments())) {
            case Router.Match.Found<Target>(Offered(var operation), var parameters) ->
                perform(operation, exchange, parameters, startNanos);
            case Router.Match.Found<Target>(Unoffered(var operation), var parameters) ->
                unrouted(Replies.problem(operation.problem()));
            case Router.Match.WrongMethod<Target>(var allowed) -> unrouted(Replies.wrongMethod(exchange, allowed));
            case Router.Match.Unknown<Target> unknown -> unrouted(Replies.unknownPath(unknown.suggestion()));
        };
    }

    private CompletionStage<HttpResponse> perform(
            Operation operation, Exchange exchange, List<String> parameters, long startNanos) {
        CompletionStage<HttpResponse> reply;
        try {
            Query query = Query.parse(exchange.rawQuery(), operation.queryParameters());
            reply = dispatch(operation, new Call(exchange, parameters, query));
        } catch (RuntimeException e) {
            reply = CompletableFuture.failedFuture(e);
        }
        return reply.exceptionally(failure -> Replies.problem(Problems.of(failure)))
                .thenApply(response -> {
                    metrics.answered(operation, response.status().intValue(), System.nanoTime() - startNanos);
                    return response;
                });
    }

    private CompletionStage<HttpResponse> dispatch(Operation operation, Call call) {
        return switch (operation) {
            case GET_INDEX -> completedFuture(Index.reply(call));
            case GET_OPEN_API -> completedFuture(Replies.json(200, OPEN_API));
            case LIST_CHANNELS -> channels.list(call);
            case GET_CHANNEL -> channels.get(call);
            case PUT_CHANNEL -> channels.put(call);
            case DELETE_CHANNEL -> channels.delete(call);
            case GET_OPERATION -> channels.operation(call);
            case PAUSE_CHANNEL -> channels.pause(call);
            case RESUME_CHANNEL -> channels.resume(call);
            case DRAIN_CHANNEL -> channels.drain(call);
            case PURGE_CHANNEL -> channels.purge(call);
            case LIST_JOBS -> jobs.listAll(call);
            case LIST_CHANNEL_JOBS -> jobs.list(call);
            case SUBMIT_JOB -> jobs.submit(call);
            case SUBMIT_JOBS -> jobs.submitAll(call);
            case GET_JOB -> jobs.get(call);
            case CANCEL_JOB -> jobs.cancel(call);
            case RETRY_JOB -> jobs.retry(call);
            case WAIT_FOR_JOB, GET_JOB_WHEN_ENDED -> jobs.await(call);
            case LIST_ATTEMPTS -> jobs.attempts(call);
            case GET_CLEANUP_OF_JOB -> cleanups.ofJob(call);
            case GET_RESULT -> jobs.result(call);
            case READ_JOB_LOGS -> logs.ofJob(call);
            case READ_CHANNEL_LOGS -> logs.ofChannel(call);
            case REMOVE_LOGS -> logs.remove(call);
            case READ_JOB_EVENTS -> events.ofJob(call);
            case READ_CHANNEL_EVENTS -> events.ofChannel(call);
            case CREATE_THREAD -> threads.create(call);
            case LIST_THREADS -> threads.list(call);
            case GET_THREAD -> threads.get(call);
            case TERMINATE_THREAD -> threads.terminate(call);
            case GET_THREAD_METRICS -> threads.metrics(call);
            case VALIDATE_THREAD -> threads.validate(call);
            case VERIFY_THREAD_ISOLATION -> threads.verifyIsolation(call);
            case GET_THREADS_METRICS -> threads.totals(call);
            case ACQUIRE_LOCK -> locks.acquire(call);
            case RENEW_LOCK -> locks.renew(call);
            case RELEASE_LOCK -> locks.release(call);
            case LIST_LOCKS -> locks.list(call);
            case GET_LOCK -> locks.get(call);
            case GET_LOCK_GRAPH -> locks.graph(call);
            case VERIFY_LOCK_HIERARCHY -> locks.verifyHierarchy(call);
            case ALLOCATE_RESOURCE -> resources.allocate(call);
            case LIST_RESOURCES -> resources.list(call);
            case GET_RESOURCE -> resources.get(call);
            case RELEASE_RESOURCE -> resources.release(call);
            case GET_RESOURCE_METRICS -> resources.metrics(call);
            case READ_RESOURCE_CONTENT -> resources.readContent(call);
            case WRITE_RESOURCE_CONTENT -> resources.writeContent(call);
            case GET_RESOURCE_CLEANUP, VERIFY_RESOURCE_CLEANUP -> resources.verifyCleanup(call);
            case VALIDATE_RESOURCE -> resources.validate(call);
            case VERIFY_RESOURCE_ISOLATION -> resources.verifyIsolation(call);
            case GET_RESOURCE_LIMITS -> resources.limits(call);
            case GET_RESOURCES_METRICS -> resources.totals(call);
            case REGISTER_CLEANUP -> cleanups.register(call);
            case LIST_CLEANUPS -> cleanups.list(call);
            case GET_CLEANUP -> cleanups.get(call);
            case REMOVE_CLEANUP -> cleanups.remove(call);
            case EXECUTE_CLEANUP -> cleanups.execute(call);
            case ROLL_CLEANUP_BACK -> cleanups.rollback(call);
            case VALIDATE_CLEANUP -> cleanups.validate(call);
            case VALIDATE_CLEANUP_DEPENDENCIES -> cleanups.validateDependencies(call);
            case GET_CLEANUP_METRICS -> cleanups.metrics(call);
            case GET_CLEANUP_HISTORY -> cleanups.history(call);
            case GET_CLEANUPS_METRICS -> cleanups.totals(call);
            case VERIFY_CLEANUP_ISOLATION -> cleanups.verifyIsolation(call);
            case EXECUTE_ALL_CLEANUPS -> cleanups.executeAll(call);
            case START_PROCESS -> processes.start(call);
            case LIST_PROCESSES -> processes.list(call);
            case GET_PROCESS -> processes.get(call);
            case REMOVE_PROCESS -> processes.remove(call);
            case STOP_PROCESS -> processes.stop(call);
            case RESTART_PROCESS -> processes.restart(call);
            case SIGNAL_PROCESS -> processes.signal(call);
            case READ_PROCESS_LOGS -> logs.ofProcess(call);
            case GET_PROCESSES_METRICS -> processes.totals(call);
            case LIST_SCRIPTS -> processes.scripts(call);
        };
    }

    private CompletionStage<HttpResponse> unrouted(HttpResponse reply) {
        metrics.unrouted(reply.status().intValue());
        return completedFuture(reply);
    }
}
