package io.millrace.domain.resource;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.domain.Limits;
import java.util.Map;

/** Why a wish for resources is not granted: what was wanted, the limit, what is in use, by whom, and what to do next. */
final class ResourceRefusals {
    private static final String COMPONENT = "ResourceManager";
    private static final String RAISE = "raise resources in the channel's spec";

    private ResourceRefusals() {}

    static Problem tooSmall(ResourceWish.Part part) {
        String type = part.type().wireName();
        return Problem.of(
                ErrorCode.INVALID_ARGUMENT,
                COMPONENT,
                part.size() + " of resource '" + type + "' was asked for. Ask for 1 at least.",
                Map.of("type", type, "requested", part.size()));
    }

    static Problem tooLarge(ResourceWish.Part part) {
        long largest = BufferTier.LARGE.bytes();
        return limit(
                "A buffer of " + part.size() + " bytes was asked for, and the largest has " + largest
                        + ". Ask for several smaller ones, or for memory instead.",
                part.type().wireName(),
                part.size(),
                largest,
                0);
    }

    /** @param amount in units of the account */
    static Problem neverInChannel(Account account, long amount) {
        long unit = account.name.unit();
        long requested = amount > Long.MAX_VALUE / unit ? Long.MAX_VALUE : amount * unit;
        return limit(
                requested + " of resource '" + account.name + "' was asked for at once, and the channel may hold "
                        + account.limit() * unit + ". Ask for less, or " + RAISE + ".",
                account.name.type().wireName(),
                requested,
                account.limit() * unit,
                account.inUse() * unit);
    }

    static Problem notNow(ResourceWish wish, Account account, Holders holders) {
        return limit(
                "There is too little of resource '" + account.name + "' now: " + use(account) + holders.clause()
                        + ". Give something back, wait by asking with a timeout, or " + RAISE + ".",
                account.name.type().wireName(),
                requested(wish, account),
                account.limit() * account.name.unit(),
                account.inUse() * account.name.unit());
    }

    static Problem notNowAtNode(ResourceWish wish, Account account) {
        return limit(
                "The node has too little of resource '" + account.name + "' now, over all its channels. Give something "
                        + "back, or wait by asking with a timeout.",
                account.name.type().wireName(),
                requested(wish, account),
                account.limit() * account.name.unit(),
                account.inUse() * account.name.unit());
    }

    static Problem notInTime(ResourceWish wish, Account account, Holders holders, boolean isNodeShort) {
        String what = isNodeShort
                ? "The node had too little of resource '" + account.name + "' in time, over all its channels"
                : "There was too little of resource '" + account.name + "' in time: " + use(account) + holders.clause();
        return Problem.of(
                ErrorCode.TIMEOUT,
                COMPONENT,
                what + ". Wait longer, give something back, or " + RAISE + ".",
                Map.of(
                        "type", account.name.type().wireName(),
                        "requested", requested(wish, account),
                        "limit", account.limit() * account.name.unit(),
                        "inUse", account.inUse() * account.name.unit(),
                        "holder", holders.name()));
    }

    static Problem tooManyWait(ResourceWish wish) {
        return limit(
                Limits.RESOURCE_WAITERS_MAX + " requests wait for resources of this channel, which is as many as may. "
                        + "Try again later.",
                typeOf(wish),
                1,
                Limits.RESOURCE_WAITERS_MAX,
                Limits.RESOURCE_WAITERS_MAX);
    }

    /** @param live resources that are held or waited for */
    static Problem tooMany(ResourceWish wish, int live) {
        int requested = wish.parts().size();
        return limit(
                requested + (requested == 1 ? " resource was" : " resources were")
                        + " asked for, and the channel holds " + "or waits for " + live + " of the "
                        + Limits.RESOURCES_MAX + " it may. Give some back.",
                typeOf(wish),
                requested,
                Limits.RESOURCES_MAX,
                live);
    }

    private static String typeOf(ResourceWish wish) {
        return wish.parts().getFirst().type().wireName();
    }

    static Problem givenUp() {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The request was given up before there was enough: it was deleted, or whoever made it has ended.");
    }

    static Problem beingCleanedUp() {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The channel is being cleaned up and grants no resources, so nothing was granted. Ask again when the"
                        + " cleanup has ended; the channel's conditions say so if it needs to be executed again or"
                        + " rolled back.");
    }

    static String cleanupIsAwaited() {
        return "waits until the cleanup of the channel has ended";
    }

    static String inLine(Account account, Holders holders, long ahead) {
        return "waits for resource '" + account.name + "': " + use(account) + holders.clause()
                + (ahead == 0 ? "" : "; " + ahead + (ahead == 1 ? " request is" : " requests are") + " before it");
    }

    static String nodeIsAsked() {
        return "waits for the node to say whether it has enough, which all its channels share";
    }

    private static String use(Account account) {
        long unit = account.name.unit();
        return account.inUse() * unit + " of " + account.limit() * unit + " are in use";
    }

    private static long requested(ResourceWish wish, Account account) {
        return Books.amounts(wish).getOrDefault(account.name, 0L) * account.name.unit();
    }

    private static Problem limit(String detail, String type, long requested, long limit, long inUse) {
        return Problem.of(
                ErrorCode.RESOURCE_LIMIT,
                COMPONENT,
                detail,
                Map.of("type", type, "requested", requested, "limit", limit, "inUse", inUse));
    }
}
