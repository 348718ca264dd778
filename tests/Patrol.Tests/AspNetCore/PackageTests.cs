using System.Diagnostics;
using System.IO.Compression;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Patrol.Tests.Kit;

namespace Patrol.Tests.AspNetCore;

/// <summary>The package as others get it: packed, and used by the sample as by a stranger's project.</summary>
public sealed partial class PackageTests
{
    private const string Version = "0.1.0-test";

    [Fact]
    public async Task The_packed_package_is_complete_and_the_sample_builds_and_runs_with_it()
    {
        using var folder = new TemporaryFolder();
        await Run(Repository.Root, "pack", "src/Patrol.AspNetCore", "-c", "Release", "--no-build", $"-p:PackageVersion={Version}", "-o", folder["packages"]);
        var package = Path.Combine(folder["packages"], $"Patrol.AspNetCore.{Version}.nupkg");
        using (var zip = await ZipFile.OpenReadAsync(package, TestContext.Current.CancellationToken))
        {
            foreach (var file in (string[])["README.md", "LICENSE", "lib/net10.0/Patrol.AspNetCore.dll", "lib/net10.0/Patrol.Core.dll", "ref/net10.0/Patrol.AspNetCore.dll", "ref/net10.0/Patrol.AspNetCore.xml"])
                Assert.NotNull(zip.GetEntry(file));
            Assert.Null(zip.GetEntry("ref/net10.0/Patrol.Core.dll"));
            using var nuspec = new StreamReader(zip.GetEntry("Patrol.AspNetCore.nuspec")!.Open());
            var dependencies = Dependency().Matches(await nuspec.ReadToEndAsync(TestContext.Current.CancellationToken)).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);
            Assert.Equal(["Microsoft.Data.Sqlite", "Npgsql"], dependencies);
        }
        using (var symbols = await ZipFile.OpenReadAsync(Path.ChangeExtension(package, ".snupkg"), TestContext.Current.CancellationToken))
        {
            Assert.NotNull(symbols.GetEntry("lib/net10.0/Patrol.AspNetCore.pdb"));
            Assert.NotNull(symbols.GetEntry("lib/net10.0/Patrol.Core.pdb"));
        }

        // Away from this source tree, with the package's own dependencies from where the tree's were restored to.
        System.IO.Directory.CreateDirectory(folder["notes"]);
        foreach (var file in System.IO.Directory.GetFiles(Path.Combine(Repository.Root, "samples", "Notes")).Where(file => Path.GetExtension(file) is ".cs" or ".json" && Path.GetFileName(file) != "packages.lock.json"))
            File.Copy(file, Path.Combine(folder["notes"], Path.GetFileName(file)));
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(Path.Combine(folder["notes"], "Notes.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreSources>{folder["packages"]}</RestoreSources>
                <RestorePackagesPath>{folder["restored"]}</RestorePackagesPath>
                <RestoreFallbackFolders>{packages}</RestoreFallbackFolders>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Patrol.AspNetCore" Version="{Version}" />
              </ItemGroup>
            </Project>
            """, TestContext.Current.CancellationToken);
        await Run(folder["notes"], "build", "-c", "Release", "-v", "quiet", "--nologo", "-o", folder["built"]);
        await AssertGuards(Path.Combine(folder["built"], "Notes.dll"), folder["notes"]);
    }

    [Fact]
    public Task The_sample_runs_as_it_stands() =>
        AssertGuards(Path.Combine(Repository.Root, "artifacts", "bin", "Notes", new DirectoryInfo(AppContext.BaseDirectory).Name, "Notes.dll"), Path.Combine(Repository.Root, "samples", "Notes"));

    private static async Task AssertGuards(string program, string folder)
    {
        await using var app = await PatrolApp.Start();
        var client = (await app.Client().Post("/api/patrol/v1/clients", new { name = "notes" })).Body;
        await app.Give("token-for-the-sample-to-read", "read_api");
        using var notes = Process.Start(new ProcessStartInfo("dotnet", [program, "--urls=http://127.0.0.1:0"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["Patrol__Authority"] = app.Address.ToString(),
                ["Patrol__ClientId"] = client.GetProperty("client_id").GetString(),
                ["Patrol__ClientSecret"] = client.GetProperty("client_secret").GetString(),
            },
        })!;
        try
        {
            using var http = new HttpClient { BaseAddress = await Eventually.InTime(Listens(notes)) };
            Assert.Equal(401, (int)(await http.GetAsync(new Uri("/notes", UriKind.Relative))).StatusCode);
            http.DefaultRequestHeaders.Add("PRIVATE-TOKEN", "token-for-the-sample-to-read");
            Assert.Equal("[]", await http.GetStringAsync(new Uri("/notes", UriKind.Relative)));
            Assert.Equal(403, (int)(await http.PostAsJsonAsync("/notes", new { text = "x" })).StatusCode);
            http.DefaultRequestHeaders.Remove("PRIVATE-TOKEN");
            http.DefaultRequestHeaders.Add("PRIVATE-TOKEN", PatrolApp.RootToken);
            Assert.Equal(201, (int)(await http.PostAsJsonAsync("/notes", new { text = "x" })).StatusCode);
            Assert.Equal("""[{"author":"root","text":"x"}]""", await http.GetStringAsync(new Uri("/notes", UriKind.Relative)));
        }
        finally
        {
            notes.Kill();
            await Eventually.InTime(notes.WaitForExitAsync());
        }
    }

    private static async Task<Uri> Listens(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Listening().Match(line) is { Success: true } match)
                return new Uri(match.Groups[1].Value);
        }
        throw new InvalidOperationException("The sample ended before it listened.");
    }

    private static async Task Run(string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output);
    }

    [GeneratedRegex("""<dependency id="([^"]+)" """)]
    private static partial Regex Dependency();

    [GeneratedRegex(@"Now listening on: (http\S+)")]
    private static partial Regex Listening();
}
