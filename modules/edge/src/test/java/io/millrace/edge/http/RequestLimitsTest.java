package io.millrace.edge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.api.v1.RequestLimits;
import io.millrace.domain.Limits;
import org.junit.jupiter.api.Test;

/** The limits that a request meets at the edge are those the channel works with. */
class RequestLimitsTest {

    @Test
    void edgeAndChannelAgree() {
        assertThat(RequestLimits.BATCH_JOBS_MAX).isEqualTo(Limits.BATCH_JOBS_MAX);
        assertThat(RequestLimits.JOB_BYTES_MAX).isEqualTo(Limits.JOB_SPEC_BYTES_MAX);
        assertThat(RequestLimits.CHANNEL_QUEUE_MAX).isEqualTo(Limits.QUEUED_JOBS_MAX);
        assertThat(RequestLimits.LABELS_MAX).isEqualTo(Limits.LABELS_MAX);
        assertThat(RequestLimits.LOCKS_MAX).isEqualTo(Limits.LOCKS_PER_JOB_MAX);
        assertThat(RequestLimits.NAME_CHARS_MAX).isEqualTo(Limits.LABEL_CHARS_MAX);
        assertThat(RequestLimits.JOB_WAIT_MAX).isEqualTo(Limits.JOB_WAIT_MAX);
        assertThat(RequestLimits.LOG_LINES_MAX).isEqualTo(Limits.LOG_PAGE_LINES_MAX);
        assertThat(RequestLimits.IDEMPOTENCY_KEY_CHARS_MAX).isEqualTo(Limits.IDEMPOTENCY_KEY_CHARS_MAX);
        assertThat(RequestLimits.STACK_BYTES_MIN).isEqualTo(Limits.STACK_BYTES_MIN);
        assertThat(RequestLimits.STACK_BYTES_MAX).isEqualTo(Limits.STACK_BYTES_MAX);
        assertThat(RequestLimits.TERMINATION_GRACE_DEFAULT).isEqualTo(Limits.STOP_GRACE);
        assertThat(RequestLimits.TERMINATION_GRACE_MAX).isEqualTo(Limits.TERMINATION_GRACE_MAX);
        assertThat(RequestLimits.LOCK_WAIT_MAX).isEqualTo(Limits.LOCK_WAIT_MAX);
        assertThat(RequestLimits.LEASE_TTL_MIN).isEqualTo(Limits.LEASE_TTL_MIN);
        assertThat(RequestLimits.LEASE_TTL_MAX).isEqualTo(Limits.LEASE_TTL_MAX);
        assertThat(RequestLimits.LOCK_LEVEL_MAX).isEqualTo(Limits.LOCK_LEVEL_MAX);
        assertThat(RequestLimits.OWNER_CHARS_MAX).isEqualTo(Limits.OWNER_CHARS_MAX);
        assertThat(RequestLimits.RESOURCE_WAIT_MAX).isEqualTo(Limits.RESOURCE_WAIT_MAX);
        assertThat(RequestLimits.RESOURCE_TTL_MIN).isEqualTo(Limits.RESOURCE_TTL_MIN);
        assertThat(RequestLimits.RESOURCE_TTL_MAX).isEqualTo(Limits.RESOURCE_TTL_MAX);
        assertThat(RequestLimits.BUFFER_BYTES_MAX).isEqualTo(Limits.BUFFER_BYTES_MAX);
        assertThat(RequestLimits.CLEANUP_TASK_BYTES_MAX).isEqualTo(Limits.CLEANUP_TASK_BYTES_MAX);
        assertThat(RequestLimits.CLEANUP_TASKS_PER_JOB_MAX).isEqualTo(Limits.CLEANUP_TASKS_PER_JOB_MAX);
        assertThat(RequestLimits.CLEANUP_DEPENDENCIES_MAX).isEqualTo(Limits.CLEANUP_DEPENDENCIES_MAX);
        assertThat(RequestLimits.CLEANUP_TIMEOUT_DEFAULT).isEqualTo(Limits.CLEANUP_STEP_TIMEOUT);
        assertThat(RequestLimits.CLEANUP_TIMEOUT_MAX).isEqualTo(Limits.CLEANUP_STEP_TIMEOUT_MAX);
        assertThat(RequestLimits.CLEANUP_WAIT_MAX).isEqualTo(Limits.CLEANUP_WAIT_MAX);
        assertThat(RequestLimits.RETRY_ATTEMPTS_MAX).isLessThanOrEqualTo(Limits.ATTEMPTS_MAX);
    }
}
