package io.millrace.host.supervise;

/**
 * What a hostile command may try, as a shell script that ends with 0 if it got what it wanted. None does any harm to the
 * machine of the test if it does. Variables name its aims: {@code HOST} the process host, {@code DATA} the data directory
 * of the node, {@code VICTIM} and {@code SIBLING} commands of another channel and of its own, {@code OTHER} the directory of
 * the former, {@code SHARED} a temporary file that anybody may read, {@code PROGRAM} one that belongs to root and runs as it.
 */
enum Probe {
    READ_PASSWORDS("cat /etc/shadow"),
    SEE_THE_HOST("grep -q java /proc/$HOST/cmdline"),
    READ_THE_ENVIRONMENT_OF_THE_HOST("grep -qa = /proc/$HOST/environ"),
    READ_THE_MEMORY_OF_THE_HOST("exec 5< /proc/$HOST/mem"),
    LIST_THE_DESCRIPTORS_OF_THE_HOST("ls /proc/$HOST/fd | grep -q ."),
    SIGNAL_THE_HOST("kill -0 $HOST"),
    CONTINUE_THE_HOST("kill -CONT $HOST"),
    PREFER_THE_HOST_WHEN_MEMORY_IS_SHORT("cat /proc/$HOST/oom_score_adj > /proc/$HOST/oom_score_adj"),
    READ_THE_SECRET_OF_THE_HOST("grep -q secret $DATA/host/secret"),
    REACH_THE_SOCKET_OF_THE_HOST("test -S $DATA/host/socket"),
    LIST_THE_DATA_OF_THE_NODE("ls $DATA | grep -q host"),
    READ_THE_WORK_OF_ANOTHER_CHANNEL("grep -q secret $OTHER/secret"),
    READ_THE_ENVIRONMENT_OF_ANOTHER_CHANNEL("grep -qa = /proc/$VICTIM/environ"),
    TRACE_ANOTHER_CHANNEL("exec 5< /proc/$VICTIM/mem"),
    SIGNAL_ANOTHER_CHANNEL("kill -0 $VICTIM"),
    SIGNAL_ANOTHER_COMMAND_OF_THE_CHANNEL("kill -0 $SIBLING"),
    READ_THE_ENVIRONMENT_OF_ANOTHER_COMMAND_OF_THE_CHANNEL("grep -qa = /proc/$SIBLING/environ"),
    READ_TEMPORARY_FILES_OF_OTHERS("grep -q secret $SHARED"),
    MOUNT("mkdir place && mount -t tmpfs none place && umount place"),
    MAKE_THE_ROOT_WRITABLE("mount -o remount,rw /"),
    CHANGE_THE_MACHINE("touch /etc/millrace-probe && rm /etc/millrace-probe"),
    GIVE_A_FILE_AWAY("touch file && chown 65534 file"),
    MAKE_A_DEVICE("mknod device c 1 3"),
    RENAME_THE_MACHINE("cat /proc/sys/kernel/hostname > /proc/sys/kernel/hostname"),
    RUN_AS_THE_OWNER_OF_A_PROGRAM("test $($PROGRAM -u) = 0"),
    BECOME_ROOT("setpriv --reuid=0 true"),
    GO_BEFORE_OTHERS("nice -n -5 true 2> said && test ! -s said"),
    MAKE_A_CONTROL_GROUP("for place in /sys/fs/cgroup /sys/fs/cgroup/*; do"
            + " mkdir $place/millrace-probe 2> /dev/null && rmdir $place/millrace-probe && exit 0; done; exit 1"),
    CHANGE_THE_ROOT("chroot / true"),
    ENTER_THE_NAMESPACES_OF_THE_HOST("nsenter -t $HOST -m -p true");

    private final String script;

    Probe(String script) {
        this.script = script;
    }

    String script() {
        return script;
    }
}
