namespace Patrol.Server.Storage;

/// <summary>Time as the store keeps it: whole milliseconds, so that what is answered at once equals what is read later.</summary>
internal static class StoredTime
{
    /// <summary>Now, without fractions of a millisecond. Read once for each request or tick, then handed on.</summary>
    public static DateTimeOffset Now(this TimeProvider time)
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }
}
