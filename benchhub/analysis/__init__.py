"""Analysis: statistics over invocations. Values in, values out; nothing here touches a device."""
