package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.event.EventBus;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.serialization.WireMessage;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.log.LogQuery;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.SubmittedJob;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** What is asked of a channel from outside; it is always answered. */
sealed interface ChannelRequest extends Channel.Command, WireMessage {
    /** Answers that nothing was done, or that it is unknown what was. */
    void refuse(Problem problem);

    /** A request that is answered by the channel itself. */
    sealed interface Direct extends ChannelRequest {
        ActorRef<ChannelReply> replyTo();

        @Override
        default void refuse(Problem problem) {
            replyTo().tell(new ChannelReply.Refused(problem));
        }
    }

    record Put(ChannelSpec spec, ActorRef<ChannelReply> replyTo) implements Direct {}

    record Show(ActorRef<ChannelReply> replyTo) implements Direct {}

    record Pause(ActorRef<ChannelReply> replyTo) implements Direct {}

    record Resume(ActorRef<ChannelReply> replyTo) implements Direct {}

    record Drain(ActorRef<ChannelReply> replyTo) implements Direct {}

    record Purge(ActorRef<ChannelReply> replyTo) implements Direct {}

    record Delete(ActorRef<ChannelReply> replyTo) implements Direct {}

    record ShowDeletion(long beganAtMillis, ActorRef<ChannelReply> replyTo) implements Direct {}

    /**
     * A part of a submission that is too large for one message. Parts arrive in order.
     *
     * @param submission chosen by the sender, unique
     */
    record SubmitPart(String submission, List<SubmittedJob> jobs) implements Channel.Command, WireMessage {
        public SubmitPart {
            jobs = List.copyOf(jobs);
        }
    }

    /**
     * Accept these jobs, and those of earlier parts, or none of them.
     *
     * @param submission names the earlier parts, absent if there are none
     * @param earlierParts how many parts were sent before
     * @param jobs the last jobs of the submission
     */
    record Submit(
            @Nullable String submission,
            int earlierParts,
            List<SubmittedJob> jobs,
            @Nullable String idempotencyKey,
            @Nullable String bodyHash,
            ActorRef<ChannelReply> replyTo)
            implements Direct {
        public Submit {
            jobs = List.copyOf(jobs);
        }
    }

    record Cancel(JobId job, ActorRef<ChannelReply> replyTo) implements Direct {}

    /**
     * @param stored the job as the read model has it, absent if that was not asked yet
     */
    record Retry(JobId job, @Nullable StoredJob stored, ActorRef<ChannelReply> replyTo) implements Direct {}

    /**
     * @param mark as it came with {@link ChannelReply.LookUpToRetry}, before the job was read
     */
    record StoredJob(EndedJob job, RecentRetries.Mark mark) {}

    record ShowJob(JobId job, ActorRef<ChannelReply> replyTo) implements Direct {}

    /** Answer once the job has ended, or with its state when the time is up. */
    record AwaitEnd(JobId job, long timeoutMillis, ActorRef<ChannelReply> replyTo) implements Direct {}

    /** Answer once the read model has everything that is stored now. */
    record AwaitReadModel(ActorRef<ChannelReply> replyTo) implements Direct {}

    /** Look after your jobs. Starting the channel is all it takes. */
    record Wake(ActorRef<ChannelReply> replyTo) implements Direct {}

    /**
     * @param isKnownToHaveEnded true if the query names a process that has ended, or a job that the read model shows as
     *     ended
     */
    record ReadLogs(LogQuery query, long waitMillis, boolean isKnownToHaveEnded, ActorRef<LogStore.Answer> replyTo)
            implements ChannelRequest {
        @Override
        public void refuse(Problem problem) {
            replyTo.tell(new LogStore.Refused(problem));
        }
    }

    record ReadEvents(EventBus.EventQuery query, long waitMillis, ActorRef<EventBus.Answer> replyTo)
            implements ChannelRequest {
        @Override
        public void refuse(Problem problem) {
            replyTo.tell(new EventBus.Refused(problem));
        }
    }

    /** Something for the log store. */
    record AskLogs(LogStore.Request request) implements ChannelRequest {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** Something for the thread manager. */
    record AskThreads(ThreadManager.Request request) implements ChannelRequest {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** Something for the lock manager. */
    record AskLocks(LockManager.Request request) implements ChannelRequest {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** Something for the resource manager. */
    record AskResources(ResourceManager.Request request) implements ChannelRequest {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** Something for the cleanup manager. */
    record AskCleanups(CleanupManager.Request request) implements ChannelRequest {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** Something for the service manager. */
    record AskProcesses(ServiceManager.Request request) implements ChannelRequest {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }
}
