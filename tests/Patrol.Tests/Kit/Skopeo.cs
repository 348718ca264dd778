using System.Diagnostics;
using System.Text;

namespace Patrol.Tests.Kit;

/// <summary>A client of container registries, with a token as password.</summary>
internal static class Skopeo
{
    /// <summary>Runs it.</summary>
    /// <param name="folder">Where it keeps its files.</param>
    /// <param name="expected">The exit code that it must end with; null for any.</param>
    /// <param name="token">The token; null for none.</param>
    /// <param name="verb">What to do.</param>
    /// <param name="arguments">With what.</param>
    public static async Task<(int ExitCode, string Output)> Run(TemporaryFolder folder, int? expected, string? token, string verb, params string[] arguments)
    {
        var auth = folder[$"auth-{Guid.NewGuid():N}"];
        var entry = token is null ? "" : $$$"""{"auth":"{{{Convert.ToBase64String(Encoding.UTF8.GetBytes($"any:{token}"))}}}"}""";
        var address = arguments.Select(argument => argument.Split('/')).FirstOrDefault(parts => parts[0] == "docker:")?[2];
        await File.WriteAllTextAsync(auth, token is null ? "{}" : $$$"""{"auths":{"{{{address}}}":{{{entry}}}}}""");
        var start = new ProcessStartInfo("skopeo", ["--insecure-policy", verb, .. verb == "login" ? [] : (string[])["--authfile", auth], .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["HOME"] = start.Environment["XDG_RUNTIME_DIR"] = folder.Path;
        start.Environment["no_proxy"] = start.Environment["NO_PROXY"] = "127.0.0.1";
        using var skopeo = Process.Start(start)!;
        skopeo.StandardInput.Close();
        var (output, errors) = (skopeo.StandardOutput.ReadToEndAsync(), skopeo.StandardError.ReadToEndAsync());
        await Eventually.InTime(skopeo.WaitForExitAsync());
        var said = $"{await output}{await errors}";
        if (expected is { } code)
            Assert.True(code == skopeo.ExitCode, $"skopeo {verb} {string.Join(' ', arguments)}: {skopeo.ExitCode}\n{said}");
        return (skopeo.ExitCode, said);
    }
}
