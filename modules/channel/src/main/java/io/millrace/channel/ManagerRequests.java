package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.ThreadManager;
import java.util.List;

/** Which requests there are. One place for whoever has to know all of them, such as the format in which they travel. */
public final class ManagerRequests {
    private ManagerRequests() {}

    /** Sealed types, one per manager; their permitted classes are the requests. */
    public static List<Class<? extends ManagerRequest>> types() {
        return List.of(
                LogStore.Request.class,
                ThreadManager.Request.class,
                LockManager.Request.class,
                ResourceManager.Request.class,
                CleanupManager.Request.class,
                ServiceManager.Request.class);
    }
}
