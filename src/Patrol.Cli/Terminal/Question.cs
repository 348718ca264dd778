namespace Patrol.Cli.Terminal;

/// <summary>Questions on standard error, answered on a terminal.</summary>
internal static class Question
{
    /// <summary>Asks for a yes; anything else is a no, as is the end of the input.</summary>
    public static async Task<bool> Confirm(Screen screen, string question, CancellationToken cancellation) =>
        await Ask(screen, $"{question} (y/N) ", cancellation) is { } answer && answer.Trim().ToUpperInvariant() is "Y" or "YES";

    /// <summary>Asks for a line.</summary>
    /// <returns>Null if the input has ended.</returns>
    public static async Task<string?> Ask(Screen screen, string prompt, CancellationToken cancellation)
    {
        await screen.Flush();
        Keys.StopEcho();
        screen.SayPart(prompt);
        // Reading cannot be called off, so whoever interrupts it leaves it behind.
        return await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(cancellation);
    }
}
