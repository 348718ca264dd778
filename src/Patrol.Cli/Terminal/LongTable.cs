using System.Text;
using Patrol.Cli.Output;
using Spectre.Console;

namespace Patrol.Cli.Terminal;

/// <summary>A column of a <see cref="LongTable"/>.</summary>
internal readonly record struct LongColumn(string Title, bool IsRight = false, bool NoWrap = false);

/// <summary>What stands in a cell, and its colour (ECMA-48, SGR); 0 for none.</summary>
internal readonly record struct LongCell(string Text, int Colour = 0);

/// <summary>
/// A table in the looks of Spectre.Console's rounded one, for lists without end. Spectre makes objects of every word in every cell
/// and measures them several times: forty times the work of everything else that a list of tokens takes.
/// </summary>
internal sealed class LongTable(Utf8Writer data, int width, bool colours, LongColumn[] columns)
{
    private readonly List<LongCell[]> rows = [];

    public int Rows => rows.Count;

    public void Add(params LongCell[] cells) => rows.Add(cells);

    /// <summary>Writes what was added, under a head of its own, and forgets it.</summary>
    public void Write()
    {
        var widths = Widths();
        Rule(widths, '╭', '┬', '╮');
        Line(widths, [.. columns.Select((column, i) => new LongCell(column.Title.Length <= widths[i] ? column.Title : $"{column.Title[..(widths[i] - 1)]}…"))]);
        Rule(widths, '├', '┼', '┤');
        foreach (var row in rows)
            Row(widths, row);
        Rule(widths, '╰', '┴', '╯');
        rows.Clear();
    }

    // As wide as what stands in them; where that is too much, the widest give way, the last first among equals, and those that should
    // not wrap only then.
    private int[] Widths()
    {
        int[] widths = [.. columns.Select((column, i) => rows.Aggregate(Width(column.Title), (widest, row) => Math.Max(widest, Width(row[i].Text))))];
        var excess = widths.Sum() + (3 * columns.Length) + 1 - width;
        foreach (var wrapping in (bool[])[true, false])
        {
            for (; excess > 0; excess--)
            {
                var widest = -1;
                for (var i = 0; i < widths.Length; i++)
                {
                    if (columns[i].NoWrap != wrapping && widths[i] > 1 && (widest < 0 || widths[i] >= widths[widest]))
                        widest = i;
                }
                if (widest < 0)
                    break;
                widths[widest]--;
            }
        }
        return widths;
    }

    private void Row(int[] widths, LongCell[] cells)
    {
        var isWrapped = false;
        for (var i = 0; i < cells.Length && !isWrapped; i++)
            isWrapped = Width(cells[i].Text) > widths[i];
        if (!isWrapped)
        {
            Line(widths, cells);
            return;
        }
        var folded = cells.Select((cell, i) => Folded(cell.Text, widths[i])).ToList();
        for (var line = 0; line < folded.Max(lines => lines.Count); line++)
            Line(widths, [.. cells.Select((cell, i) => cell with { Text = line < folded[i].Count ? folded[i][line] : "" })]);
    }

    private void Line(int[] widths, LongCell[] cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            data.Text(i == 0 ? "│ " : " │ ");
            var blanks = widths[i] - Width(cells[i].Text);
            if (columns[i].IsRight)
                Repeat(" ", blanks);
            var isColoured = colours && cells[i].Colour != 0 && cells[i].Text.Length > 0;
            if (isColoured)
                data.Text($"\e[{cells[i].Colour}m");
            data.Text(cells[i].Text);
            if (isColoured)
                data.Text("\e[0m");
            if (!columns[i].IsRight)
                Repeat(" ", blanks);
        }
        data.Text(" │\n");
    }

    private void Rule(int[] widths, char first, char between, char last)
    {
        for (var i = 0; i < widths.Length; i++)
        {
            data.Text([i == 0 ? first : between]);
            Repeat("─", widths[i] + 2);
        }
        data.Text([last, '\n']);
    }

    private void Repeat(string text, int times)
    {
        for (; times > 0; times--)
            data.Text(text);
    }

    // Between words, and within one that is too long for a line.
    private static List<string> Folded(string text, int width)
    {
        var lines = new List<string>();
        while (Width(text) > width)
        {
            var end = 0;
            for (var cells = 0; ; end += Rune.GetRuneAt(text, end).Utf16SequenceLength)
            {
                cells += Width(Rune.GetRuneAt(text, end).ToString());
                if (cells > width)
                    break;
            }
            if (end == 0)
                end = Rune.GetRuneAt(text, 0).Utf16SequenceLength;
            var blank = text.LastIndexOf(' ', Math.Min(end, text.Length - 1));
            lines.Add(blank > 0 ? text[..blank] : text[..end]);
            text = blank > 0 ? text[(blank + 1)..] : text[end..];
        }
        lines.Add(text);
        return lines;
    }

    private static int Width(string text) => Ascii.IsValid(text) ? text.Length : text.GetCellWidth();
}
