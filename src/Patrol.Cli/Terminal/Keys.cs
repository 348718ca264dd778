using System.Text;

namespace Patrol.Cli.Terminal;

/// <summary>Single keys from the terminal. Reading cannot be called off, so whoever interrupts it leaves it behind.</summary>
internal static class Keys
{
    /// <summary>
    /// Call before a question is shown: the terminal no longer writes what is typed. .NET itself begins with that at its first read, and
    /// what is typed between the question and the read would be seen, a token's text too.
    /// </summary>
    public static void StopEcho() => _ = Console.KeyAvailable;

    public static Task<ConsoleKeyInfo> Next(CancellationToken cancellation) =>
        Task.Run(() => Console.ReadKey(intercept: true), CancellationToken.None).WaitAsync(cancellation);

    /// <summary>A line that is not shown while it is typed.</summary>
    public static async Task<string> Hidden(CancellationToken cancellation)
    {
        var text = new StringBuilder();
        while (await Next(cancellation) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
                text.Length = Math.Max(0, text.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                text.Append(key.KeyChar);
        }
        return text.ToString();
    }
}
