using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Patrol.Server.Start;
using Patrol.Server.Telemetry;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Telemetry;

/// <summary>The log's files.</summary>
public sealed class LogRotationTests
{
    // A batch of the writer is at most this long, so that many lines make several files.
    private const int SeveralBatches = 2_000;

    [Fact]
    public async Task A_full_file_is_put_aside_and_no_line_is_lost_or_cut()
    {
        using var folder = new TemporaryFolder();
        await Write(folder, SeveralBatches, new LogOptions(MaximumBytes: 100_000, KeptFiles: 100));
        var files = Files(folder);
        Assert.True(files.Count > 3, $"{files.Count} files");
        var paths = files.SelectMany(file => LogFile.Parse(File.ReadAllText(file))).Select(line => line.Text("path")).ToList();
        Assert.Equal(SeveralBatches, paths.Count);
        Assert.Equal(SeveralBatches, paths.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Only_so_many_files_are_kept_and_they_are_the_newest()
    {
        using var folder = new TemporaryFolder();
        await Write(folder, SeveralBatches, new LogOptions(MaximumBytes: 1, KeptFiles: 2));
        var files = Files(folder);
        Assert.Equal(["api_json.log.1", "api_json.log.2"], files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var newest = LogFile.Parse(await File.ReadAllTextAsync(folder["data/log/api_json.log.1"]));
        Assert.Equal($"/{SeveralBatches - 1}", newest.Last().Text("path"));
    }

    [Fact]
    public async Task A_server_that_starts_again_goes_on_in_the_same_file()
    {
        using var folder = new TemporaryFolder();
        await Write(folder, 3, new LogOptions(MaximumBytes: 100_000, KeptFiles: 1));
        await Write(folder, 2, new LogOptions(MaximumBytes: 100_000, KeptFiles: 1));
        Assert.Equal(5, LogFile.Parse(await File.ReadAllTextAsync(Assert.Single(Files(folder)))).Count());
    }

    private static List<string> Files(TemporaryFolder folder) => [.. System.IO.Directory.GetFiles(folder["data/log"])];

    private static async Task Write(TemporaryFolder folder, int lines, LogOptions options)
    {
        using var data = DataFolder.Open(folder["data"]);
        using var log = new ApiLog(data, options, NullLogger<ApiLog>.Instance);
        await log.StartAsync(CancellationToken.None);
        for (var number = 0; number < lines; number++)
        {
            log.Write(new ApiLogLine
            {
                Time = DateTimeOffset.UnixEpoch,
                Duration = TimeSpan.Zero,
                Status = 200,
                Method = "GET",
                Path = string.Create(CultureInfo.InvariantCulture, $"/{number}"),
                Route = "/",
                Host = "localhost",
                RemoteIp = "127.0.0.1",
                UserAgent = new string('x', 100),
                CorrelationId = "",
            });
        }
        await log.StopAsync(CancellationToken.None);
    }
}
