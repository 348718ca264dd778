using System.Net;
using System.Net.Sockets;

namespace Patrol.Tests.Kit;

/// <summary>
/// A line to another port of this machine that can be cut without either end being told, as a failing network does it:
/// connections stay open, and nothing arrives any more.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly int target;
    private readonly Task accepting;
    private volatile bool swallows;

    public TcpProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = Accept();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>What is sent while this is true never arrives, not even later.</summary>
    public bool Swallows
    {
        get => swallows;
        set => swallows = value;
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Stop();
        await accepting;
        listener.Dispose();
        ending.Dispose();
    }

    private async Task Accept()
    {
        var lines = new List<Task>();
        try
        {
            while (true)
                lines.Add(Carry(await listener.AcceptTcpClientAsync(ending.Token)));
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task Carry(TcpClient near)
    {
        using var far = new TcpClient();
        using (near)
        {
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, target, ending.Token);
                await Task.WhenAny(Copy(near.GetStream(), far.GetStream()), Copy(far.GetStream(), near.GetStream()));
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException)
            {
                // The line ends with either end.
            }
        }
    }

    private async Task Copy(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, ending.Token) is > 0 and var length)
            {
                if (!swallows)
                    await to.WriteAsync(buffer.AsMemory(0, length), ending.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The line ends with either end.
        }
    }
}
