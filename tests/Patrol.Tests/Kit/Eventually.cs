using System.Diagnostics;

namespace Patrol.Tests.Kit;

/// <summary>Waits for something that another process or thread does, by asking again; the deadline is only there to end a failing test.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>The same limit for what is awaited rather than asked for.</summary>
    public static Task<T> InTime<T>(Task<T> task) => task.WaitAsync(Deadline);

    /// <inheritdoc cref="InTime{T}"/>
    public static Task InTime(Task task) => task.WaitAsync(Deadline);

    public static async Task True(Func<Task<bool>> question, string what)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await question())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Deadline, $"This never came true: {what}");
            await Task.Delay(Pause);
        }
    }

    public static Task True(Func<bool> question, string what) => True(() => Task.FromResult(question()), what);
}
