using System.Diagnostics;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Web;

/// <summary>
/// The pages in Debian's Chromium: <c>Clients/web_pages.mjs</c> goes through all of them. Its pictures stay in
/// <c>artifacts/screenshots</c>.
/// </summary>
public sealed class BrowserTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Patrol.Tests", "Clients");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private static string? Chromium { get; } = Array.Find(["/usr/bin/chromium", "/usr/bin/chromium-browser"], File.Exists);

    [Fact]
    public async Task Every_page_works_and_reads_well_in_a_real_browser()
    {
        Assert.SkipWhen(Chromium is null, "Chromium is not installed: apt-get install chromium.");
        Assert.SkipUnless(
            System.IO.Directory.Exists(Path.Combine(Folder, "node_modules", "playwright-core")), "The browser's driver is not installed: npm ci in tests/Patrol.Tests/Clients.");
        await using var app = await PatrolApp.Start();
        var tokenId = await SampleKit.Fill(app);

        var start = new ProcessStartInfo("node", ["web_pages.mjs"]) { WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATROL_URL"] = app.Address.ToString();
        start.Environment["PATROL_PASSWORD"] = "correct horse battery";
        start.Environment["PATROL_TOKEN_ID"] = tokenId.ToString();
        start.Environment["PATROL_CHROMIUM"] = Chromium;
        start.Environment["PATROL_PICTURES"] = Path.Combine(Repository.Root, "artifacts", "screenshots");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
        var lines = (await output).Split('\n');
        Assert.True(process.ExitCode == 0, $"{string.Join('\n', lines.Where(line => !line.StartsWith("ok - ", StringComparison.Ordinal)))}\n{await errors}");
        Assert.True(lines.Count(line => line.StartsWith("ok - ", StringComparison.Ordinal)) > 400, "Promises were left out.");
    }
}
