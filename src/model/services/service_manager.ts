/** Service managers that ward knows: they keep `ward start` running. */
export type ServiceManager = "systemd" | "launchd";
