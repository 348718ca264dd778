using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Patrol.Tests.Kit;

/// <summary>
/// A program from a recipe in docs/doors, run as the recipe stands there; only addresses and folders are replaced, each of which
/// must occur in it, so that many can run beside each other.
/// </summary>
internal sealed class Recipe : IAsyncDisposable
{
    private static int lastPort = Random.Shared.Next(20_000, 30_000);

    private readonly Process process;
    private readonly StringBuilder said = new();

    private Recipe(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What the program said.</summary>
    public string Said
    {
        get
        {
            lock (said)
                return said.ToString();
        }
    }

    /// <summary>A port below those that connections take for themselves.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Interlocked.Increment(ref lastPort);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    /// <summary>Skips the test where a program is not installed.</summary>
    public static void Needs(params ReadOnlySpan<string> programs)
    {
        foreach (var program in programs)
        {
            if (!((string[])["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/lib/git-core"]).Any(folder => File.Exists(Path.Combine(folder, program))))
                Assert.Skip($"{program} is not installed: run ./test as root on Debian, or install it.");
        }
    }

    /// <summary>A recipe's text with some words replaced.</summary>
    public static string Text(string file, params ReadOnlySpan<(string From, string To)> replaced)
    {
        var text = Repository.Read($"docs/doors/{file}");
        foreach (var (from, to) in replaced)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            text = text.Replace(from, to, StringComparison.Ordinal);
        }
        return text;
    }

    /// <summary>nginx with a recipe in its conf.d.</summary>
    public static Task<Recipe> Nginx(TemporaryFolder folder, int port, string recipe)
    {
        Needs("nginx");
        File.WriteAllText(folder["recipe.conf"], recipe);
        var user = Environment.IsPrivilegedProcess ? "user root;" : "";
        File.WriteAllText(folder["nginx.conf"], $$"""
            {{user}}
            daemon off;
            worker_processes 1;
            pid {{folder["nginx.pid"]}};
            error_log stderr;
            events {}
            http {
                access_log off;
                client_body_temp_path {{folder["body"]}};
                proxy_temp_path {{folder["proxy"]}};
                fastcgi_temp_path {{folder["fastcgi"]}};
                uwsgi_temp_path {{folder["uwsgi"]}};
                scgi_temp_path {{folder["scgi"]}};
                include {{folder["recipe.conf"]}};
            }
            """);
        return Start(new ProcessStartInfo("/usr/sbin/nginx", ["-p", folder.Path, "-e", "stderr", "-c", folder["nginx.conf"]]), port);
    }

    /// <summary>Caddy with that Caddyfile.</summary>
    public static Task<Recipe> Caddy(TemporaryFolder folder, int port, string recipe)
    {
        Needs("caddy");
        File.WriteAllText(folder["Caddyfile"], recipe);
        var start = new ProcessStartInfo("/usr/bin/caddy", ["run", "--config", folder["Caddyfile"], "--adapter", "caddyfile"]);
        start.Environment["HOME"] = start.Environment["XDG_CONFIG_HOME"] = start.Environment["XDG_DATA_HOME"] = folder.Path;
        return Start(start, port);
    }

    /// <summary>HAProxy with that configuration.</summary>
    public static Task<Recipe> HaProxy(TemporaryFolder folder, int port, string recipe)
    {
        Needs("haproxy");
        File.WriteAllText(folder["haproxy.cfg"], recipe);
        return Start(new ProcessStartInfo("/usr/sbin/haproxy", ["-db", "-f", folder["haproxy.cfg"]]), port);
    }

    /// <summary>fcgiwrap on a socket in the folder.</summary>
    public static async Task<Recipe> FcgiWrap(TemporaryFolder folder)
    {
        Needs("fcgiwrap");
        var recipe = new Recipe(new ProcessStartInfo("/usr/sbin/fcgiwrap", ["-f", "-c", "4", "-s", $"unix:{folder["fcgiwrap.socket"]}"]));
        await Eventually.True(() => File.Exists(folder["fcgiwrap.socket"]), "fcgiwrap listens");
        return recipe;
    }

    /// <summary>Starts a program and waits until it listens.</summary>
    public static async Task<Recipe> Start(ProcessStartInfo start, int port)
    {
        var recipe = new Recipe(start);
        await Eventually.True(
            async () =>
            {
                Assert.False(recipe.process.HasExited, $"{start.FileName} ended:\n{recipe.Said}");
                using var client = new TcpClient();
                try
                {
                    await client.ConnectAsync(IPAddress.Loopback, port);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            $"{start.FileName} listens on {port}");
        return recipe;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await Eventually.InTime(process.WaitForExitAsync());
        }
        process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (said)
            said.Append(line).Append('\n');
    }
}
