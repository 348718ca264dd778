using Patrol.Cli.Sources;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Patrol.Cli.Terminal;

/// <summary>
/// How far a long change is: a bar with rate and remaining time on a terminal, nothing elsewhere. What a narrow window has no room for
/// is left out, the count last: a cell that wraps makes a column of letters of the line.
/// </summary>
internal static class ChangeBar
{
    private const int ShortestBar = 8, LongestRate = 11, LongestTime = 8;

    public static async Task<T> Show<T>(Screen screen, string what, long total, Func<Action<ChangeProgress>, Task<T>> work)
    {
        if (!screen.ErrorsAreTerminal)
            return await work(_ => { });
        var bar = screen.Canvas(onErrors: true).Progress().AutoClear(true).Columns(Columns(what, total, screen.Width));
        return await bar.StartAsync(async drawing =>
        {
            var task = drawing.AddTask(Markup.Escape(what), maxValue: Math.Max(1, total));
            return await work(progress => task.Value = progress.Done);
        });
    }

    private static ProgressColumn[] Columns(string what, long total, int width)
    {
        var count = $"{total:N0} of {total:N0}".Length;
        var room = width - count;
        bool Fits(int column)
        {
            // A blank lies between two columns.
            if (room <= column)
                return false;
            room -= column + 1;
            return true;
        }
        var columns = new List<ProgressColumn> { new CountColumn(isShort: room < 0) };
        if (Fits(what.Length))
            columns.Insert(0, new TaskDescriptionColumn());
        if (Fits(ShortestBar))
            columns.Insert(columns.Count - 1, new ProgressBarColumn());
        if (Fits(LongestRate))
            columns.Add(new RateColumn());
        if (Fits(LongestTime))
            columns.Add(new RemainingTimeColumn());
        return [.. columns];
    }

    private sealed class CountColumn(bool isShort) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(isShort ? $"{task.Value:N0}" : $"{task.Value:N0} of {task.MaxValue:N0}");
    }

    private sealed class RateColumn : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text($"{task.Speed ?? 0:N0}/s");
    }
}
