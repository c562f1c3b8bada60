package io.millrace.domain.resource;

import java.time.Instant;

/**
 * Somebody waits.
 *
 * @param why what there is too little of, and who holds most of it; for people
 */
public record WaitingWish(ResourceWish wish, Instant since, String why) {}
