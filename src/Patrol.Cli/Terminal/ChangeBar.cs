using Patrol.Cli.Sources;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Patrol.Cli.Terminal;

/// <summary>How far a long change is: a bar with rate and remaining time on a terminal, nothing elsewhere.</summary>
internal static class ChangeBar
{
    public static async Task<T> Show<T>(Screen screen, string what, long total, Func<Action<ChangeProgress>, Task<T>> work)
    {
        if (!screen.ErrorsAreTerminal)
            return await work(_ => { });
        var bar = screen.Canvas(onErrors: true).Progress().AutoClear(true).Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new CountColumn(), new RateColumn(), new RemainingTimeColumn());
        return await bar.StartAsync(async drawing =>
        {
            var task = drawing.AddTask(Markup.Escape(what), maxValue: Math.Max(1, total));
            return await work(progress => task.Value = progress.Done);
        });
    }

    private sealed class CountColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text($"{task.Value:N0} of {task.MaxValue:N0}");
    }

    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text($"{task.Speed ?? 0:N0}/s");
    }
}
