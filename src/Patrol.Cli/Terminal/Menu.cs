using System.Text;
using Patrol.Cli.Output;

namespace Patrol.Cli.Terminal;

/// <summary>
/// A menu as GitLab's rake task shows it (tty-prompt): arrows or digits move, Enter selects, the hint goes with the first key, six
/// entries at a time. Spectre.Console's prompt has other words and no digits.
/// </summary>
internal sealed class Menu(Screen screen, string question, IReadOnlyList<string> entries, bool numbered)
{
    private const int Page = 6;

    private int active;
    private int top;

    /// <summary>Shows it and waits.</summary>
    /// <returns>The number of the chosen entry, from 0.</returns>
    public async Task<int> Choose(CancellationToken cancellation)
    {
        await screen.Flush();
        Keys.StopEcho();
        screen.Draw("\e[?25l");
        try
        {
            var lines = Show(question, Hint());
            while (await Keys.Next(cancellation) is { Key: not ConsoleKey.Enter } key)
            {
                Move(key);
                Clear(lines);
                lines = Show(question, "");
            }
            Clear(lines);
            screen.Draw($"{question} {Coloured(32, Plain.Text(entries[active]))}\n");
            return active;
        }
        finally
        {
            screen.Draw("\e[?25h");
        }
    }

    private string Hint() => numbered ? $"(Press ↑/↓ arrow or 1-{entries.Count} number to move and Enter to select)"
        : entries.Count > Page ? "(Press ↑/↓/←/→ arrow to move and Enter to select)"
        : "(Press ↑/↓ arrow to move and Enter to select)";

    private void Move(ConsoleKeyInfo key)
    {
        var step = key.Key switch { ConsoleKey.UpArrow => -1, ConsoleKey.DownArrow => 1, ConsoleKey.LeftArrow => -Page, ConsoleKey.RightArrow => Page, _ => 0 };
        if (numbered && key.KeyChar is >= '1' and <= '9' && key.KeyChar - '0' <= entries.Count)
            active = key.KeyChar - '1';
        else
            active = Math.Clamp(active + step, 0, entries.Count - 1);
        top = Math.Clamp(top, Math.Max(0, active - Page + 1), active);
    }

    // How many lines it takes: more than it has where the window is narrow.
    private int Show(string heading, string hint)
    {
        var width = screen.Width;
        int Lines(string text) => Math.Max(1, (text.Length + width - 1) / width);
        var lines = Lines(hint.Length > 0 ? $"{heading} {hint}" : heading);
        var text = new StringBuilder(heading).Append(hint.Length > 0 ? $" {Coloured(90, hint)}" : "").Append('\n');
        var shown = Math.Min(Page, entries.Count);
        for (var i = top; i < top + shown; i++)
        {
            var entry = $"{(numbered ? $"{i + 1}. " : "")}{Plain.Text(entries[i])}";
            lines += Lines($"  {entry}");
            text.Append(i == active ? Coloured(32, $"‣ {entry}") : $"  {entry}").Append('\n');
        }
        screen.Draw(text.ToString());
        return lines;
    }

    private void Clear(int lines) => screen.Draw($"\e[{lines}A\r\e[J");

    private string Coloured(int colour, string text) => screen.Colours ? $"\e[{colour}m{text}\e[0m" : text;
}
